// Tables that one room of the server names alone: everybody else gets from it what they need. Free are db/ (schema,
// migrations, copies), tests, benchmarks and scripts.
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";

/** The schema of the tables, and the room that names them. */
const ROOMS = [
  ["metric", "server/store"],
  ["blob", "server/blobs"],
];
const FOLDERS = ["app", "server", "lib", "cli", "bin", "workers/agent"];
/** A table whose name is also a word is one where SQL expects a table. */
const IS_WORD = /^[a-z]+$/;
const BEFORE_A_TABLE = "\\b(?:from|join|into|update|table|truncate|vacuum)\\s+(?:only\\s+)?";

/** Places below `root` that name a table of a room that they do not lie in, in SQL or as an object of the schema. */
export async function strangersToTables(root) {
  const rooms = await Promise.all(ROOMS.map(async ([schema, room]) => ({ room, named: await namesOf(root, schema) })));
  const found = [];
  for (const folder of FOLDERS) {
    for (const path of await readdir(join(root, folder), { recursive: true }).catch(() => [])) {
      if (!/\.(ts|tsx|mjs)$/.test(path) || /\.test\.\w+$/.test(path)) continue;
      const file = join(root, folder, path);
      const name = relative(root, file);
      const text = await readFile(file, "utf8");
      for (const { room, named } of rooms) {
        if (name.startsWith(`${room}/`)) continue;
        for (const match of text.matchAll(named)) {
          const line = text.slice(0, match.index).split("\n").length;
          found.push(`${name}:${line}: "${match[0].replace(/\s+/g, " ")}" names a table of ${room}, which alone may`);
        }
      }
    }
  }
  return found.sort();
}

async function namesOf(root, schema) {
  const text = await readFile(join(root, "db", "schema", `${schema}.ts`), "utf8");
  const tables = [...text.matchAll(/export const (\w+) = pgTable\(\s*"(\w+)"/g)];
  const inSql = tables.map(([, , name]) => (IS_WORD.test(name) ? `${BEFORE_A_TABLE}"?${name}\\b` : `\\b${name}\\b`));
  const objects = tables.map(([, object]) => object).join("|");
  const imported = `import\\s*(?:type\\s*)?\\{[^}]*\\b(?:${objects})\\b[^}]*\\}\\s*from\\s*"[^"]*db/schema[^"]*"`;
  return new RegExp([...inSql, imported, `"[^"]*db/schema/${schema}"`].join("|"), "gi");
}
