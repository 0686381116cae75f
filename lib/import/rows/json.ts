import { quoteWords } from "../../json";
import type { HistoryFormat, Sample } from "../history";
import { type SourceFile, wholeOf } from "../source";
import { numberIn } from "./cells";
import { type Columns, LOSS } from "./columns";
import { courseOf, type Sampled } from "./course";
import { RowTaker } from "./taker";

const MOST_BYTES = 256 << 20;
const SAMPLED_ROWS = 400;

/** One JSON value that holds a course: an array of objects, or a list of values a metric, as Keras' history is kept. */
export const json: HistoryFormat = {
  name: "json",
  title: "JSON with an object a step or a list a metric",
  appends: false,
  restarts: "anywhere",
  groupOf: (file, sample) => (isCourse(sample) ? file.path : null),
  async read([file], out) {
    const table = tableOf(await parsed(file!));
    const columns = table && courseOf(table.names, sampled(table.rows));
    if (!columns) throw new Error("it has no growing steps beside numbers");
    const taker = new RowTaker({ columns, path: file!.path, out });
    const roles = new Map(table.names.map((name) => [name, taker.roleOf(name)]));
    for (const [i, row] of table.rows.entries()) {
      const names = Object.keys(row);
      taker.row(
        names,
        names.map((name) => roles.get(name)!),
        Object.values(row),
        null,
      );
      if (i % 10_000 === 0) await out.room();
    }
    taker.end();
  },
};

type Row = Record<string, unknown>;

async function parsed(file: SourceFile): Promise<unknown> {
  const text = quoteWords(new TextDecoder().decode(await wholeOf(file, MOST_BYTES)));
  try {
    return JSON.parse(text);
  } catch (e) {
    throw new Error(`it is no whole JSON: ${(e as Error).message}`);
  }
}

function sampled(rows: readonly Row[]): Sampled {
  return rows.length <= 2 * SAMPLED_ROWS ? rows : [...rows.slice(0, SAMPLED_ROWS), ...rows.slice(-SAMPLED_ROWS)];
}

/** By its first objects, or by lists of numbers of which one is called like a loss. */
function isCourse({ head, tail }: Sample): boolean {
  const text = new TextDecoder().decode(head);
  if (/^\s*\[\s*\{/.test(text)) {
    const rows = [...text.matchAll(/\{[^{}]*\}/g)].slice(0, SAMPLED_ROWS).flatMap(([object]) => {
      try {
        return [JSON.parse(quoteWords(object)) as Row];
      } catch {
        return [];
      }
    });
    return courseIn(rows) !== null;
  }
  if (!/^\s*\{\s*"[^"]*"\s*:\s*\[\s*[-\d.NI"]/.test(text)) return false;
  if (tail.length > 0) return LOSS.test(/^\s*\{\s*"([^"]*)"/.exec(text)![1]!);
  try {
    const table = tableOf(JSON.parse(quoteWords(text)));
    return table !== null && courseOf(table.names, table.rows) !== null;
  } catch {
    return false;
  }
}

function courseIn(rows: readonly Row[]): Columns | null {
  return courseOf([...new Set(rows.flatMap((row) => Object.keys(row)))], rows);
}

function tableOf(value: unknown): { names: string[]; rows: Row[] } | null {
  if (Array.isArray(value)) {
    const rows = value.filter((row): row is Row => typeof row === "object" && row !== null && !Array.isArray(row));
    return rows.length === 0 ? null : { names: [...new Set(rows.flatMap((row) => Object.keys(row)))], rows };
  }
  if (typeof value !== "object" || value === null) return null;
  const lists = Object.entries(value).filter(
    (entry): entry is [string, unknown[]] =>
      Array.isArray(entry[1]) && entry[1].length > 0 && entry[1].every((v) => numberIn(v) !== null || v === null),
  );
  const longest = Math.max(0, ...lists.map(([, list]) => list.length));
  if (longest === 0 || !lists.some(([name]) => LOSS.test(name))) return null;
  const hasStep = lists.some(([name]) => /^_?(step|epoch|iter|iteration|global_step)s?$/i.test(name));
  const rows = Array.from({ length: longest }, (_, i) => ({
    ...(!hasStep && { "": i }),
    ...Object.fromEntries(lists.flatMap(([name, list]) => (i < list.length ? [[name, list[i]]] : []))),
  }));
  return { names: [...(hasStep ? [] : [""]), ...lists.map(([name]) => name)], rows };
}
