const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
/** So many digits 32 bits hold. */
const SHORT_DIGITS = 9;
/** So many digits a double holds exactly. */
const EXACT_DIGITS = 15;
const [ZERO, NINE, DOT, PLUS, MINUS, UPPER_E] = [..."09.+-E"].map((c) => c.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
  number,
  number,
];

/** Where the number ends that `scanNumber` has read last. */
let end = 0;
export const scannedTo = () => end;

/**
 * The decimal number that a text, as bytes, has from `from` on, as `Number` reads it, to the last bit: its digits and a power of
 * ten up to 22 are exact, and dividing or multiplying them rounds once. NaN where there is none, or one with more
 * digits: `scannedTo` is then `from`.
 */
export function scanNumber(text: Uint8Array, from: number): number {
  end = from;
  let at = from;
  const sign = text[at]!;
  if (sign === MINUS || sign === PLUS) at++;
  const first = at;
  // Whole numbers of 32 bits are faster than doubles, and most are that short.
  let whole = 0;
  const short = first + SHORT_DIGITS;
  let code = text[at]!;
  for (; at < short && code >= ZERO && code <= NINE; code = text[++at]!) whole = (10 * whole + code - ZERO) | 0;
  let mantissa = whole;
  for (; code >= ZERO && code <= NINE; code = text[++at]!) mantissa = 10 * mantissa + code - ZERO;
  let digits = at - first;
  let places = 0;
  if (code === DOT) {
    const begin = ++at;
    code = text[at]!;
    if (digits < SHORT_DIGITS) {
      const room = at + SHORT_DIGITS - digits;
      for (; at < room && code >= ZERO && code <= NINE; code = text[++at]!) whole = (10 * whole + code - ZERO) | 0;
      mantissa = whole;
    }
    for (; code >= ZERO && code <= NINE; code = text[++at]!) mantissa = 10 * mantissa + code - ZERO;
    places = at - begin;
    digits += places;
  }
  if (digits === 0 || digits > EXACT_DIGITS) return Number.NaN;
  let power = -places;
  if ((code & ~32) === UPPER_E) {
    const begin = ++at;
    const minus = text[at]! === MINUS;
    if (minus || text[at]! === PLUS) at++;
    let exponent = 0;
    const digit = at;
    for (code = text[at]!; code >= ZERO && code <= NINE; code = text[++at]!) exponent = 10 * exponent + code - ZERO;
    if (at === digit || at - begin > 4) return Number.NaN;
    power += minus ? -exponent : exponent;
  }
  if (power < -22 || power > 22) return Number.NaN;
  end = at;
  const value = power < 0 ? mantissa / POWERS[-power]! : mantissa * POWERS[power]!;
  return sign === MINUS ? -value : value;
}
