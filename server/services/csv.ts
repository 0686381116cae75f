/** Beginnings that a spreadsheet would run as a formula, also those of East Asian width. */
const FORMULA = /^[=@+\-\t\r\uFF1D\uFF20\uFF0B\uFF0D]/;
/** A number with its sign is none; `-1+cmd|...` is one. */
const NUMBER = /^[+-](?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$|^[+-]Infinity$/i;

/**
 * One cell: quoted where it must be, numbers to the last digit, and never a formula (an apostrophe before it says so).
 */
export function csvCell(value: string | number | boolean | null | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return Object.is(value, -0) ? "-0" : String(value);
  const text = FORMULA.test(value) && !NUMBER.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
