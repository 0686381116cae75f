// Drizzle writes a column that stands directly in a `sql` template of a selection without its table's name, so that two
// tables' columns there are compared within one of them. Such a template may name columns of one table only; others go
// into a query of their own, or into `sql` passed to `execute`.
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import ts from "typescript";

const SELECTIONS = new Set(["select", "selectDistinct", "selectDistinctOn", "returning"]);

/** Lines of places that break the rule below these folders. */
export async function ambiguousSelections(root, folders) {
  const found = [];
  for (const folder of folders) {
    for (const path of await readdir(join(root, folder), { recursive: true })) {
      if (!/\.tsx?$/.test(path)) continue;
      const file = join(root, folder, path);
      found.push(...ambiguousIn(relative(root, file), await readFile(file, "utf8")));
    }
  }
  return found;
}

/** The same of one file's text. */
export function ambiguousIn(name, text) {
  if (!text.includes("sql")) return [];
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const found = [];
  const visit = (node) => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const [fields] = node.arguments;
      if (SELECTIONS.has(node.expression.name.text) && fields && ts.isObjectLiteralExpression(fields)) {
        for (const field of fields.properties) {
          const tables = ts.isPropertyAssignment(field) ? tablesOf(field.initializer) : new Set();
          if (tables.size < 2) continue;
          const { line } = source.getLineAndCharacterOfPosition(field.getStart());
          found.push(
            `${name}:${line + 1}: one sql template of a selection names columns of ${[...tables].join(" and ")}`,
          );
        }
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Tables whose columns stand directly in the outermost `sql` template of an expression. */
function tablesOf(expression) {
  let at = expression;
  while (ts.isCallExpression(at) || ts.isPropertyAccessExpression(at) || ts.isParenthesizedExpression(at))
    at = at.expression;
  const tables = new Set();
  if (!ts.isTaggedTemplateExpression(at) || !ts.isTemplateExpression(at.template)) return tables;
  for (const { expression: part } of at.template.templateSpans) {
    if (ts.isPropertyAccessExpression(part) && ts.isIdentifier(part.expression)) tables.add(part.expression.text);
    // A table by itself is where the columns of another one are looked for.
    if (ts.isIdentifier(part)) tables.add(part.text);
  }
  return tables;
}
