// A function has at most 60 lines from its signature to its closing brace, those of functions within it included; a
// component (a name with a capital, in a .tsx file) at most 100.
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import ts from "typescript";

const MOST_LINES = { function: 60, component: 100 };
const FOLDERS = ["app", "server", "db", "lib", "os", "workers/agent", "cli", "bin", "scripts", "bench"];
/** Functions that may be longer, as `file: name`, each with its reason. */
const LONG_FUNCTIONS = new Map([]);

/** Functions that are too long, one a line. */
export async function longFunctions(root, folders = FOLDERS, allowed = LONG_FUNCTIONS) {
  const found = [];
  for (const folder of folders) {
    for (const path of await readdir(join(root, folder), { recursive: true })) {
      if (!/\.(tsx?|mjs)$/.test(path) || /\.test\.\w+$/.test(path)) continue;
      const file = join(root, folder, path);
      found.push(...longIn(relative(root, file), await readFile(file, "utf8"), allowed));
    }
  }
  return found.sort();
}

/** The same of one file's text. */
export function longIn(file, text, allowed = LONG_FUNCTIONS) {
  if (text.split("\n").length <= MOST_LINES.function) return [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lineOf = (position) => source.getLineAndCharacterOfPosition(position).line + 1;
  const found = [];
  const visit = (node) => {
    if (ts.isFunctionLike(node) && node.body) {
      const from = lineOf(node.getStart());
      const lines = lineOf(node.end) - from + 1;
      const name = nameOf(node);
      const most = MOST_LINES[file.endsWith(".tsx") && /^[A-Z]/.test(name) ? "component" : "function"];
      if (lines > most && !allowed.has(`${file}: ${name}`))
        found.push(`${file}:${from}: ${name} has ${lines} lines; at most ${most}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Its own name, or that of what it is given to. */
function nameOf(node) {
  if (node.name) return node.name.getText();
  let parent = node.parent;
  while (ts.isCallExpression(parent) || ts.isParenthesizedExpression(parent)) parent = parent.parent;
  return parent.name ? parent.name.getText() : "a function";
}
