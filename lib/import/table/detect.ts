import type { ImportFile } from "../imported";
import { decoded } from "./decode";

export type TableKind = "csv" | "tsv" | "jsonl" | "parquet";

const HEAD = 4_096;

/** Parquet, or any text: the other formats are asked first, and what is no table says so when it is read. */
export function detectTable(_file: ImportFile): boolean {
  return true;
}

/** How a table is written, by its first bytes; by its name where they leave it open. */
export function kindOf({ name, bytes }: ImportFile): TableKind {
  if ([..."PAR1"].every((c, i) => bytes[i] === c.charCodeAt(0))) return "parquet";
  const told = toldBy(name);
  if (told === "parquet" || told === "jsonl") return told;
  return beginsJson(bytes.subarray(0, HEAD)) ? "jsonl" : (told ?? "csv");
}

function toldBy(name: string): TableKind | null {
  const ending = /\.(\w+)$/.exec(name.toLowerCase())?.[1];
  if (ending === "csv" || ending === "txt") return "csv";
  if (ending === "tsv" || ending === "tab") return "tsv";
  if (ending === "jsonl" || ending === "ndjson" || ending === "json") return "jsonl";
  return ending === "parquet" ? "parquet" : null;
}

/** An object, or a list of objects or lists: a header may begin with `{lr}` or `[lr]`. */
function beginsJson(head: Uint8Array): boolean {
  try {
    return /^\uFEFF*\s*(\{\s*["}]|\[\s*[[{])/.test(decoded(head));
  } catch {
    return false;
  }
}
