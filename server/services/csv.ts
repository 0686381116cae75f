/** Beginnings that a spreadsheet would run as a formula; numbers, signs before them included, are none. */
const FORMULA = /^(?:[=@\t\r]|[+-](?![\d.]|Infinity$))/;

/** One cell: quoted where it must be, numbers to the last digit, and never a formula (an apostrophe before it says so). */
export function csvCell(value: string | number | boolean | null | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return Object.is(value, -0) ? "-0" : String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
