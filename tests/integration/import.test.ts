import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eq, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { auditLog, runs } from "@/db/schema";
import { fitLaw, fitSettingsSchema } from "@/lib/fit";
import { importedRuns, pointsOfTable, readDelimited, type Table } from "@/lib/import";
import { parseMapping } from "@/lib/mapping";
import { runImport } from "@/server/services/import";
import { appendMetrics, columnsOf } from "@/server/services/metric";
import { createProject } from "@/server/services/project";
import { createRun, finishRun, runPoints } from "@/server/services/run";
import { product } from "./product";

const p = product();
const MAPPING = 'lr=lr,batchSeqs=bs,tokens=D,params=N,loss="smooth loss",seqLen=2048,architecture=dense';
const odd = readDelimited(readFileSync(join(import.meta.dirname, "../golden/data/odd-table.csv"), "utf8"));

function rowsOf(table: Table, mapping = MAPPING) {
  return importedRuns(pointsOfTable(table, parseMapping(mapping)), table).runs;
}

test("a table becomes runs; again changes nothing; a new loss updates its run; the fit is that of the file", async () => {
  await createProject(p.alice, { name: "odd", slug: "odd" });
  const rows = rowsOf(odd);
  const input = { project: "odd", file: "odd.csv", runs: rows };
  expect(await runImport(p.alice, input)).toMatchObject({ created: rows.length, updated: 0, unchanged: 0 });
  expect(await runImport(p.alice, input)).toMatchObject({ created: 0, updated: 0, unchanged: rows.length });
  const corrected = rows.map((r, i) => (i === 3 ? { ...r, finalLoss: 2.345, diverged: false } : r));
  expect(await runImport(p.alice, { ...input, runs: corrected })).toMatchObject({ created: 0, updated: 1 });
  await runImport(p.alice, input);

  const stored = await runPoints(p.alice, { project: "odd" });
  expect(stored).toHaveLength(rows.length);
  const settings = fitSettingsSchema.parse({ form: "step-law" });
  const [fromProject, fromFile] = [stored, pointsOfTable(odd, parseMapping(MAPPING)).points].map((points) => {
    const { fit } = fitLaw(points, settings);
    return fit?.kind === "lr" ? fit.regression.coefficients : null;
  });
  expect(fromProject).toEqual(fromFile);
  expect(fromFile).not.toBeNull();

  const [one] = await p.alice.db
    .select()
    .from(runs)
    .where(eq(runs.name, stored.length > 0 ? nameOfFirst(rows) : ""));
  expect(one).toMatchObject({ source: "table", state: "finished", provenance: { file: "odd.csv" } });
  expect(Object.keys(one!.config)).toContain("note");
  expect((await p.alice.db.select().from(auditLog)).some((a) => a.action === "import.run")).toBe(true);
});

function nameOfFirst(rows: ReturnType<typeof rowsOf>): string {
  const r = rows[0]!;
  const size = `${Number((r.paramsNonEmbedding! / 1e6).toPrecision(3))}M`;
  return `dense ${size} b${r.batchSeqs} ${Number((r.tokens / 1e9).toPrecision(3))}B lr ${r.peakLr >= 1e-4 ? Number(r.peakLr.toPrecision(3)) : r.peakLr}`;
}

test("two files with equal rows but another architecture stay apart", async () => {
  await createProject(p.alice, { name: "two", slug: "two" });
  const dense = rowsOf(odd);
  const moe = rowsOf(odd, MAPPING.replace("architecture=dense", "architecture=moe"));
  await runImport(p.alice, { project: "two", file: "dense.csv", runs: dense });
  expect(await runImport(p.alice, { project: "two", file: "moe.csv", runs: moe })).toMatchObject({
    created: moe.length,
  });
});

test("the same rows by another loss, or one taken otherwise, are other runs and other curves", async () => {
  await createProject(p.alice, { name: "losses", slug: "losses" });
  for (const said of ["", ",metric=smooth loss,taken=smoothed", ",metric=smooth loss,taken=minimum"]) {
    const rows = rowsOf(odd, MAPPING + said);
    const stored = await runImport(p.alice, { project: "losses", file: "odd.csv", runs: rows });
    expect(stored).toMatchObject({ created: rows.length, updated: 0 });
  }
  const kinds = await p.alice.db
    .selectDistinct({ metric: runs.lossMetric, taken: runs.lossTaken })
    .from(runs)
    .where(eq(runs.provenance, sql`'{"file": "odd.csv", "line": 2}'::jsonb`));
  expect(kinds).toHaveLength(3);
  const points = await runPoints(p.alice, { project: "losses" });
  const { optima, warnings } = fitLaw(points, fitSettingsSchema.parse({ form: "step-law" }));
  expect(new Set(optima.map((o) => `${o.dims.lossMetric} ${o.dims.lossTaken}`))).toEqual(
    new Set(["null null", "smooth loss smoothed", "smooth loss minimum"]),
  );
  expect(warnings.find((w) => w.code === "mixed-losses")!.message).toMatch(/smooth loss \(minimum\)/);
});

describe("refusals", () => {
  test("all or nothing: one row that cannot be stored, named by its line", async () => {
    await createProject(p.alice, { name: "none", slug: "none" });
    const rows = rowsOf(odd).map((r, i) => (i === 5 ? { ...r, batchSeqs: 0.5 } : r));
    await expect(runImport(p.alice, { project: "none", file: "f", runs: rows })).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringMatching(new RegExp(`line ${rows[5]!.line}: batchSeqs "0.5"`)),
    });
    const nulls = { project: "none", file: "f", runs: [null] } as unknown as Parameters<typeof runImport>[1];
    for (const input of [nulls, undefined as never]) {
      await expect(runImport(p.alice, input)).rejects.toMatchObject({ code: "invalid" });
    }
    const twins = [rows[0]!, { ...rows[1]!, identity: rows[0]!.identity }];
    await expect(runImport(p.alice, { project: "none", file: "f", runs: twins })).rejects.toThrow(/the same identity/);
    expect(await runPoints(p.alice, { project: "none" })).toEqual([]);
  });

  test("another team's project", async () => {
    const rows = rowsOf(odd).slice(0, 2);
    await expect(runImport(p.mallory, { project: "odd", file: "f", runs: rows })).rejects.toMatchObject({
      code: "not_found",
    });
  });
});

test("a run that ends above the first quartile of its own training loss counts as diverged", async () => {
  await createProject(p.alice, { name: "quartile", slug: "quartile" });
  for (const [peakLr, finalLoss] of [
    [0.001, 2.4],
    [0.002, 2.2],
    [0.004, 2.3],
    [0.008, 2.9],
  ] as const) {
    const dimensions = { peakLr, batchSeqs: 8, tokens: 1e6 };
    const { id } = await createRun(p.alice, { project: "quartile", config: {}, dimensions });
    const values = [3, 2.9, 2.8, 2.7, 2.6, 2.5, peakLr === 0.008 ? 2.9 : 2.4, finalLoss];
    const series = [{ metric: "train/loss", steps: values.map((_, i) => i), values }];
    await appendMetrics(p.alice, { runId: id, batch: columnsOf({ writer: "w", seq: 0, series }) });
    await finishRun(p.alice, { runId: id, state: "finished", finalLoss, diverged: false } as never);
  }
  const points = await runPoints(p.alice, { project: "quartile" });
  expect(points.map((q) => q.trainLossQuartile)).toEqual(points.map(() => expect.closeTo(2.5, 0)));
  const { optima } = fitLaw(points, fitSettingsSchema.parse({}));
  expect(optima[0]!.points.map((q) => q.diverged)).toEqual([false, false, false, true]);
});
