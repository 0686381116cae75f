import { readNumber } from "../../format";
import { fieldOf, type Mapping, type MappingField } from "../../mapping";
import type { DecimalSign, ImportProblem } from "../imported";
import type { Cell, Table, TableRow } from "./rows";

/** Dimensions that count something: whole, or so large that nobody writes decimals of them on purpose. */
function isCount(field: MappingField): boolean {
  const { kind, unit } = fieldOf(field);
  return ["rounded", "count", "integer"].includes(kind) || unit === "tokens" || unit === "parameters";
}

function isNumber(field: MappingField): boolean {
  return isCount(field) || ["positive", "nonNegative", "loss"].includes(fieldOf(field).kind);
}

const COMMA = /^[-+]?(\d{1,3}([. '\u00a0\u202f]\d{3})+|\d+),\d+([eE][-+]?\d+)?$/;
const GROUPED = /^[-+]?(\d{1,3}(,\d{3})+(\.\d+)?|\d{1,3}(\.\d{3}){2,}|\d{1,3}([ '\u00a0\u202f]\d{3})+([.,]\d+)?)$/;
/** One, or a thousand: a count is never written with three decimals on purpose. */
const THOUSAND = /^[-+]?\d{1,3}\.\d{3}$/;

/**
 * The first number of a mapped column that reads differently by decimal sign, or is no number without knowing it; null
 * where there is none, or the sign was said. It is asked about, never guessed.
 */
export function decimalQuestion(table: Table, mapping: Mapping): ImportProblem | null {
  if (table.decimal) return null;
  for (const column of table.columns) {
    const uses = (Object.entries(mapping) as [MappingField, string][]).filter(
      ([d, text]) => isNumber(d) && names(text, column),
    );
    if (uses.length === 0) continue;
    const counts = uses.some(([d]) => isCount(d));
    for (const [i, row] of table.rows.entries()) {
      const cell = row[column];
      if (typeof cell !== "string") continue;
      const value = cell.trim();
      if (COMMA.test(value) || GROUPED.test(value) || (counts && THOUSAND.test(value))) {
        const message =
          "reads differently with a decimal point and a decimal comma: say which (--decimal point or --decimal comma)";
        return { line: table.lines[i]!, field: column, value, message };
      }
    }
  }
  return null;
}

/** Numbers written with this sign become plain ones; other cells stay as they are. */
export function withDecimalSign(table: Table, decimal: DecimalSign): Table {
  const isNumeric = new Set(
    table.columns.filter((c) => table.rows.every((row) => isNumberOrNone(row[c] ?? null, decimal))),
  );
  const rows = table.rows.map(
    (row): TableRow =>
      Object.fromEntries(
        Object.entries(row).map(([k, v]) => [k, typeof v === "string" && isNumeric.has(k) ? plain(v, decimal) : v]),
      ),
  );
  return { ...table, rows, decimal };
}

/** Names that merely look like numbers stand among others that do not. */
function isNumberOrNone(cell: Cell, decimal: DecimalSign): boolean {
  if (typeof cell !== "string") return true;
  return cell.trim() === "" || !/\d/.test(cell) || readNumber(plain(cell, decimal)) !== null;
}

function plain(cell: string, decimal: DecimalSign): string {
  const text = cell.trim();
  const [sign, group] = decimal === "comma" ? [",", "."] : [".", ","];
  const groups = `[${group} '\\u00a0\\u202f]`;
  // A group of three digits follows one to three of which the first is no zero, and nobody groups before an exponent.
  const grouped = new RegExp(`^[-+]?[1-9]\\d{0,2}(${groups}\\d{3})+([${sign}]\\d*)?(\\s?[kmbgtKMBGT]i?)?$`);
  const single = new RegExp(`^[-+]?\\d*[${sign}]\\d*([eE][-+]?\\d+)?(\\s?[kmbgtKMBGT]i?)?$`);
  if (grouped.test(text)) return text.replace(new RegExp(groups, "g"), "").replace(sign, ".");
  return single.test(text) && /\d/.test(text) ? text.replace(sign, ".") : cell;
}

function names(text: string, column: string): boolean {
  return text.trim() === column || text.trim().toLowerCase() === column.toLowerCase() || text.includes(column);
}
