import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

export interface CaseFile {
  path: string;
  bytes: Buffer;
}

const ROOT = resolve(import.meta.dirname, "../../lib/import");

/** Readers that have cases, by their folders, and archives. */
export const readers: readonly string[] = [
  ...readdirSync(ROOT).filter((name) => existsSync(join(ROOT, name, "cases"))),
  "archive",
];

/** The inputs of a reader's cases. */
export function casesOf(reader: string): CaseFile[][] {
  const folder = join(ROOT, reader, "cases");
  return readdirSync(folder)
    .map((title) => filesBelow(join(folder, title)))
    .filter((files) => files.length > 0);
}

/** What lies in `input/`; in a folder without it all but what is said of it. */
function filesBelow(folder: string): CaseFile[] {
  const input = existsSync(join(folder, "input")) ? join(folder, "input") : folder;
  return readdirSync(input, { recursive: true, encoding: "utf8" })
    .filter((name) => !/^(expected\.\w+|options\.json)$/.test(name) && statSync(join(input, name)).isFile())
    .sort()
    .map((name) => ({ path: name.replaceAll("\\", "/"), bytes: readFileSync(join(input, name)) }));
}
