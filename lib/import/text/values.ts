/** A small m is minutes: 170.2m to go. */
const UNITS: Readonly<Record<string, number>> = {
  k: 1e3,
  K: 1e3,
  m: 1,
  M: 1e6,
  b: 1e9,
  B: 1e9,
  g: 1e9,
  G: 1e9,
  t: 1e12,
  T: 1e12,
};
const WITH_UNIT = /^([+-]?(?:\d[\d,_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([kKmMbBgGtT])?\s*(%|[a-zA-Z/]*)$/;
const NOT_FINITE = /^([+-]?)(?:(nan)|inf(?:inity)?)(?:ms|s|%)?$/i;

/**
 * The number that a log's text says: 1.5e-3, 1,024, 2.1M, 330.5ms, 45%, nan, -inf. Units of time and share are left
 * away, letters for thousands and more are counted. Null for anything else, such as n/a.
 */
export function valueIn(text: string): number | null {
  const plain = Number(text);
  if (!Number.isNaN(plain) && text !== "") return plain;
  const trimmed = text.trim();
  const match = WITH_UNIT.exec(trimmed);
  if (match) {
    const [, digits = "", letter, unit = ""] = match;
    // "3min" is minutes and "2bx" nothing certain: a letter counts where a digit and nothing else is beside it.
    if (letter && unit !== "") return unitOf(digits, letter + unit);
    return withCommas(digits) * (letter ? UNITS[letter]! : 1);
  }
  const special = NOT_FINITE.exec(trimmed);
  if (!special) return null;
  if (special[2]) return Number.NaN;
  return special[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** A comma that no group of three digits follows, or a zero alone goes before, is the sign of decimals. */
function withCommas(digits: string): number {
  const plain = digits.replace(/,+$/, "").replaceAll("_", "");
  const isDecimal = /^[+-]?(?:0,\d+|\d+,(?!\d{3}(?!\d))\d+)(?:[eE][+-]?\d+)?$/.test(plain);
  return Number(isDecimal ? plain.replace(",", ".") : plain.replaceAll(",", ""));
}

/** Words whose first letter is none for a thousand: ms, ms/step, tok/s, GB, MB/s. */
function unitOf(digits: string, word: string): number | null {
  return /^(ms|min|tok|tokens|t\/|gb|gib|mb|mib|kb|kib|b\/|bytes|tflops?|gflops?|mfu|k\/|m\/)/i.test(word)
    ? Number(digits.replace(/[,_]/g, ""))
    : null;
}

/** What a setting's text says: a number, yes or no, nothing, a text without its quotes. */
export function settingIn(text: string): string | number | boolean | null {
  const trimmed = text.trim().replace(/,$/, "");
  if (/^(true|yes)$/i.test(trimmed)) return true;
  if (/^(false|no)$/i.test(trimmed)) return false;
  if (/^(none|null)$/i.test(trimmed)) return null;
  const plain = trimmed.replace(/^(["'])(.*)\1$/, "$2");
  if (plain !== trimmed) return plain;
  const number = /^[+-]?[\d.][\d,._]*([eE][+-]?\d+)?[kKMbBtT]?$/.test(plain) ? valueIn(plain) : null;
  return number ?? plain;
}
