// The tables of the metric store are named by server/store alone: everybody else gets from it what they need. Free are db/
// (schema, migrations, copies), tests, benchmarks and scripts.
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";

const SCHEMA = join("db", "schema", "metric.ts");
const FOLDERS = ["app", "server", "lib", "cli", "bin", "workers/agent"];
const STORE = join("server", "store");
/** A table whose name is also a word is one where SQL expects a table. */
const IS_WORD = /^[a-z]+$/;
const BEFORE_A_TABLE = "\\b(?:from|join|into|update|table|truncate|vacuum)\\s+(?:only\\s+)?";

/** Places below `root` where others name a table of the store, in SQL or as an object of the schema. */
export async function strangersToTheStore(root) {
  const schema = await readFile(join(root, SCHEMA), "utf8");
  const tables = [...schema.matchAll(/export const (\w+) = pgTable\(\s*"(\w+)"/g)];
  const inSql = tables.map(([, , name]) => (IS_WORD.test(name) ? `${BEFORE_A_TABLE}"?${name}\\b` : `\\b${name}\\b`));
  const objects = tables.map(([, object]) => object);
  const imported = `import\\s*(?:type\\s*)?\\{[^}]*\\b(?:${objects.join("|")})\\b[^}]*\\}\\s*from\\s*"[^"]*db/schema[^"]*"`;
  const named = new RegExp([...inSql, imported, '"[^"]*db/schema/metric"'].join("|"), "gi");
  const found = [];
  for (const folder of FOLDERS) {
    for (const path of await readdir(join(root, folder), { recursive: true }).catch(() => [])) {
      const file = join(root, folder, path);
      const name = relative(root, file);
      if (!/\.(ts|tsx|mjs)$/.test(path) || /\.test\.\w+$/.test(path) || name.startsWith(`${STORE}/`)) continue;
      const text = await readFile(file, "utf8");
      for (const match of text.matchAll(named)) {
        const line = text.slice(0, match.index).split("\n").length;
        found.push(`${name}:${line}: "${match[0].replace(/\s+/g, " ")}" is a table of the store, which alone names it`);
      }
    }
  }
  return found.sort();
}
