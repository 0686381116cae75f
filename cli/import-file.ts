import { readFile } from "node:fs/promises";
import { counted } from "@/lib/format";
import { detect, type Imported, type ImportFile, type ImportOptions, problemTexts } from "@/lib/import";
import { parseMapping } from "@/lib/mapping";

/** Options of commands that read runs from a file or a project. */
export const SOURCE_OPTIONS = {
  project: { type: "string" },
  csv: { type: "string" },
  map: { type: "string" },
  arch: { type: "string" },
  "skip-bad-rows": { type: "boolean" },
  decimal: { type: "string" },
  json: { type: "boolean" },
} as const;

export interface Source {
  project?: string;
  csv?: string;
  map?: string;
  arch?: string;
  "skip-bad-rows"?: boolean;
  decimal?: string;
}

const SHOWN_PROBLEMS = 20;

/** The bytes of a file that some format reads. */
export async function readImportFile(path: string): Promise<ImportFile> {
  const bytes = await readFile(path).catch((e: NodeJS.ErrnoException) => {
    throw new Error(`${path} cannot be read (${e.code})`);
  });
  const file = { name: path, bytes };
  try {
    detect(file);
  } catch (e) {
    unreadable(path)(e as Error);
  }
  return file;
}

export const unreadable = (path: string) => (e: Error) => {
  throw new Error(`${path} cannot be read: ${e.message}`);
};

/** What the options say of a file. */
export function importOptions({ map, arch, decimal }: Source): ImportOptions {
  if (decimal !== undefined && decimal !== "point" && decimal !== "comma") {
    throw new Error(`--decimal: "${decimal}" is not point or comma`);
  }
  return { decimal, ...(map && { mapping: parseMapping(map) }), ...(arch && { constants: { architecture: arch } }) };
}

/**
 * Bad rows stop the command, or are left out and counted on stderr with --skip-bad-rows, as far as there are good ones.
 */
export function tellOfFile(
  path: string,
  {
    problems,
    notes,
    unfinished,
    noResult,
    skip,
    good,
  }: Pick<Imported, "problems" | "notes" | "unfinished" | "noResult"> & { skip: boolean | undefined; good: number },
): void {
  const lines = problemTexts(problems).map((text) => `${path}, ${text}`);
  const more = lines.length > SHOWN_PROBLEMS ? [`and ${lines.length - SHOWN_PROBLEMS} more`] : [];
  const told = [...lines.slice(0, SHOWN_PROBLEMS), ...more].join("\n");
  if (lines.length > 0 && (!skip || good === 0)) throw new Error(told);
  if (lines.length > 0) process.stderr.write(`${told}\nleft out ${counted(linesOf(problems), "row")}\n`);
  for (const [lines, why] of [
    [unfinished, "not ended"],
    [noResult, "no result"],
  ] as const) {
    if (lines.length > 0)
      process.stderr.write(`left out ${counted(lines.length, "run")} (${why}): line ${listed(lines)}\n`);
  }
  for (const n of notes.slice(0, SHOWN_PROBLEMS)) {
    process.stderr.write(`${path}, line ${n.line}: ${n.field} ${n.value} ${n.message}\n`);
  }
}

/** How many lines have a problem. */
export function linesOf(problems: Imported["problems"]): number {
  return new Set(problems.map((p) => p.line)).size;
}

function listed(lines: readonly number[]): string {
  const more = lines.length > SHOWN_PROBLEMS ? ` and ${lines.length - SHOWN_PROBLEMS} more` : "";
  return lines.slice(0, SHOWN_PROBLEMS).join(", ") + more;
}
