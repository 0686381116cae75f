const ISO = /(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,6}))?\s?(Z|[+-]\d\d:?\d\d)?(?![\d])/;
/** 08/31/2024 14:37:31 or 02:37:31 PM, month first. */
const MONTH_FIRST = /(?<!\d)(\d\d)\/(\d\d)\/(\d{4}) (\d\d):(\d\d):(\d\d)(?:\s?([AP])M\b)?/;
const LOOKED_AT = 64;

/**
 * The time at which a line was written, in milliseconds since 1970, where one stands near its beginning; NaN where none
 * does. A time without a zone is taken as UTC.
 */
export function timeIn(line: string): number {
  const at = line.indexOf(":");
  if (at < 0 || at > LOOKED_AT) return Number.NaN;
  const match = ISO.exec(line.length > LOOKED_AT ? line.slice(0, LOOKED_AT) : line);
  if (!match) return monthFirst(line);
  const [, year, month, day, hour, minute, second, fraction = "", zone = "Z"] = match;
  const ms = fraction === "" ? 0 : Number(fraction.padEnd(3, "0").slice(0, 3));
  const utc = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second), ms);
  return zone === "Z" ? utc : utc - offsetOf(zone);
}

function monthFirst(line: string): number {
  const match = line.includes("/") ? MONTH_FIRST.exec(line.slice(0, LOOKED_AT)) : null;
  if (!match) return Number.NaN;
  const [month, day, year, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month > 12) return Number.NaN;
  const half = match[7];
  const hours = half ? (hour % 12) + (half === "P" ? 12 : 0) : hour;
  return Date.UTC(year, month - 1, day, hours, minute, second);
}

/** The same of a line as bytes: a time of whole seconds that nothing follows is read without a text. */
export function timeInBytes(bytes: Uint8Array, from: number, to: number): number {
  const end = Math.min(to, from + LOOKED_AT + 1);
  for (let at = from; at + WIDTH < end; at++) {
    if (!isDigit(bytes[at]!)) continue;
    const text = String.fromCharCode(bytes[at + WIDTH]!);
    if (!fits(bytes, at) || /[.,\sZ+\-\d]/.test(text)) break;
    const [year, month] = [100 * two(bytes, at) + two(bytes, at + 2), two(bytes, at + 5)];
    const [hour, minute, second] = [two(bytes, at + 11), two(bytes, at + 14), two(bytes, at + 17)];
    return Date.UTC(year, month - 1, two(bytes, at + 8), hour, minute, second);
  }
  return timeIn(String.fromCharCode(...bytes.subarray(from, end)));
}

const FORM = Uint8Array.from("0000-00-00 00:00:00", (c) => c.charCodeAt(0));
const WIDTH = FORM.length;
const ZERO = 48;
const two = (bytes: Uint8Array, at: number) => 10 * (bytes[at]! - ZERO) + bytes[at + 1]! - ZERO;
const isDigit = (code: number) => code >= ZERO && code <= ZERO + 9;

function fits(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < WIDTH; i++) {
    const code = bytes[at + i]!;
    if (FORM[i] === ZERO ? !isDigit(code) : code !== FORM[i]) return false;
  }
  return true;
}

function offsetOf(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone)!;
  return (sign === "-" ? -1 : 1) * (60 * Number(hours) + Number(minutes)) * 60_000;
}
