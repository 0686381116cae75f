const UNITS: Record<string, number> = {
  "": 1,
  k: 1e3,
  m: 1e6,
  b: 1e9,
  g: 1e9,
  t: 1e12,
  ki: 1024,
  mi: 1024 ** 2,
  gi: 1024 ** 3,
  ti: 1024 ** 4,
};

/**
 * A number as people write it: 1e10, 10B, 256k (thousands), 256Ki (of 1,024), 1_000_000, NaN, inf. Null for anything
 * else. Digits may be grouped by underscores only: a comma can be a decimal sign.
 */
export function readNumber(text: string): number | null {
  const trimmed = text.trim().replaceAll("\u2212", "-"); // the minus of typeset texts
  if (/^[+-]?nan$/i.test(trimmed)) return Number.NaN;
  const infinite = /^([+-]?)inf(inity)?$/i.exec(trimmed);
  if (infinite) return infinite[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const match = /^([+-]?(?:\d+(?:_\d+)*(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)\s?([kmbgt]i?)?$/i.exec(trimmed);
  if (!match) return null;
  const factor = UNITS[(match[2] ?? "").toLowerCase()];
  if (factor === undefined) return null;
  const digits = match[1]!.replaceAll("_", "");
  // One rounding: 0.3M is 300000, not 0.3 times a million.
  const power = Math.log10(factor);
  return Number.isInteger(power) && !/e/i.test(digits) ? Number(`${digits}e${power}`) : Number(digits) * factor;
}
