import { expect, test } from "vitest";
import { ambiguousIn } from "./sql-selections.mjs";

test("refuses columns of two tables in one template of a selection", () => {
  const inner = "sql<number>`(select count(*) from ${runs} where ${runs.projectId} = ${projects.id})`.mapWith(Number)";
  expect(ambiguousIn("a.ts", `db\n.select({ id: projects.id, runs: ${inner} }).from(projects)`)).toEqual([
    "a.ts:2: one sql template of a selection names columns of runs and projects",
  ]);
  expect(ambiguousIn("a.ts", "tx.insert(a).returning({ x: sql`${a.x} + ${b.y}` })")).toHaveLength(1);
});

test("lets one table's columns, nested templates and other clauses pass", () => {
  for (const text of [
    "db.select({ n: sql`count(*)`.mapWith(Number), s: sql`${a.x} + ${a.y}` }).from(a)",
    "db.select({ v: sql`json_build_array(${sql.join(chosen, sql`, `)})` }).from(a)",
    "db.select().from(a).where(sql`${a.x} = ${b.y}`)",
    "db.execute(sql`select ${a.x} from ${b}`)",
  ]) {
    expect(ambiguousIn("a.ts", text)).toEqual([]);
  }
});
