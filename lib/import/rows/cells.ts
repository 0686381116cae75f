const MISSING = /^(|-|n\/?a|none|null|<na>|undefined)$/i;
const NOT_FINITE = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i;
const GROUPED = /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$/;
/** No group of three digits, or one after a zero: the comma is the sign of decimals. */
const DECIMAL_COMMA = /^[+-]?\d+,\d+(?:[eE][+-]?\d+)?$/;
const DURATION = /^(?:(\d+) days?,\s*)?(\d+):(\d\d):(\d\d(?:\.\d+)?)$/;
const TENSOR = /^tensor\(([^,()]+)[,)]/;

/** Whether a cell says that there is no value. */
export function isMissing(cell: unknown): boolean {
  return cell === null || cell === undefined || (typeof cell === "string" && MISSING.test(cell.trim()));
}

/**
 * The number that a cell is: also NaN and infinities, true and false as 1 and 0, 1,024 and 45%, durations in seconds.
 * Null for missing ones and for texts.
 */
export function numberIn(cell: unknown, decimalComma = false): number | null {
  if (typeof cell === "number") return cell;
  if (typeof cell === "bigint") return Number(cell);
  if (typeof cell === "boolean") return Number(cell);
  if (typeof cell !== "string" || cell === "") return null;
  if (decimalComma && cell.includes(",")) return numberIn(cell.replace(",", "."));
  const plain = Number(cell);
  if (!Number.isNaN(plain)) return cell.trim() === "" || /^\s*0[xob]/i.test(cell) ? null : plain;
  return spelled(cell.trim());
}

function spelled(text: string): number | null {
  const special = NOT_FINITE.exec(text);
  if (special) {
    if (special[2]) return Number.NaN;
    return special[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  if (GROUPED.test(text)) return Number(text.replaceAll(",", ""));
  if (DECIMAL_COMMA.test(text)) return Number(text.replace(",", "."));
  if (/^(true|false)$/i.test(text)) return Number(text.toLowerCase() === "true");
  if (text.endsWith("%")) return numberIn(text.slice(0, -1).trim());
  const time = DURATION.exec(text);
  if (time) return ((Number(time[1] ?? 0) * 24 + Number(time[2])) * 60 + Number(time[3])) * 60 + Number(time[4]);
  const tensor = TENSOR.exec(text);
  return tensor ? numberIn(tensor[1]!.trim()) : null;
}

/** The step that a cell says, and of how many: 12, or 12/1000. */
export function stepIn(cell: unknown, decimalComma = false): { step: number; of: number } | null {
  const match = typeof cell === "string" ? /^\s*(\d+)\s*\/\s*(\d+)\s*$/.exec(cell) : null;
  if (match) return { step: Number(match[1]), of: Number(match[2]) };
  const step = numberIn(cell, decimalComma);
  return step === null ? null : { step, of: Number.NaN };
}

/** Seconds, milliseconds, microseconds and nanoseconds since 1970 lie apart by a factor of a thousand. */
const UNITS: readonly [number, number][] = [
  [1e11, 1e3],
  [1e14, 1],
  [1e17, 1e-3],
  [1e20, 1e-6],
];
/** 1987: a smaller number is a duration. */
const EARLIEST = 5.4e8;

/** Milliseconds since 1970 that a cell says: a number of any usual unit, or a date; without a zone it is UTC. */
export function timeIn(cell: unknown): number {
  if (cell instanceof Date) return cell.getTime();
  const number = numberIn(cell);
  if (number !== null) {
    const unit = number >= EARLIEST ? UNITS.find(([below]) => number < below) : undefined;
    return unit ? Math.round(number * unit[1]) : Number.NaN;
  }
  if (typeof cell !== "string") return Number.NaN;
  const match = /^\s*(\d{4}-\d\d-\d\d)(?:[T _](\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?)\s*(Z|UTC|[+-]\d\d:?\d\d)?)?\s*$/i.exec(
    cell,
  );
  if (!match) return Number.NaN;
  const [, date, clock = "00:00:00", zone = "Z"] = match;
  const fraction = clock.replace(",", ".").replace(/(\.\d{3})\d+$/, "$1");
  return Date.parse(`${date}T${fraction}${/^utc$/i.test(zone) ? "Z" : zone.replace(/^([+-]\d\d)(\d\d)$/, "$1:$2")}`);
}
