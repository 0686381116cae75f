import { asc, eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { connect } from "@/db/client";
import { migrate, migrateTo, migrationTags } from "@/db/migrate";
import { auditLog, runs } from "@/db/schema";
import { importedRuns, pointsOfTable, readDelimited } from "@/lib/import";
import { parseMapping } from "@/lib/mapping";
import { eachDimension } from "@/lib/run";
import { listImports, previewUndo, runImport, undoImport } from "@/server/services/import";
import { appendMetrics, columnsOf } from "@/server/services/metric";
import { createProject } from "@/server/services/project";
import { resolveProject } from "@/server/services/project/internal";
import { cloneDatabase } from "../postgres";
import { lawIn } from "./law";
import { colleague, product, sweepIn } from "./product";

const p = product();

/** Rows of a table of these losses at rising learning rates. */
function rowsOf(losses: (number | "NaN")[], note = "first") {
  const text = ["lr,bs,D,loss,note", ...losses.map((loss, i) => `${0.001 * 2 ** i},8,1000000,${loss},${note}`)];
  const table = readDelimited(text.join("\n"));
  return importedRuns(pointsOfTable(table, parseMapping("lr=lr,batchSeqs=bs,tokens=D,loss=loss")), table).runs;
}

async function stored(slug: string) {
  const { id } = await resolveProject(p.alice, slug);
  const rows = await p.alice.db.select().from(runs).where(eq(runs.projectId, id)).orderBy(asc(runs.peakLr));
  return rows.map(({ updatedAt: _, ...run }) => run);
}

test("undo removes what an import made and brings back what it changed, to the bit; the history keeps both", async () => {
  await createProject(p.alice, { name: "undo", slug: "undo" });
  const first = await runImport(p.alice, {
    project: "undo",
    file: "first.csv",
    runs: rowsOf([2.5, 2.4, "NaN"]),
    skipped: 2,
  });
  const before = await stored("undo");
  expect(before.map((r) => r.finalLoss)).toEqual([2.5, 2.4, Number.NaN]);

  const bob = await colleague(p.alice, "editor");
  const rows = rowsOf([2.5, 2.3000000000000003, 2.6, 2.7], "second");
  const second = await runImport(bob, { project: "undo", file: "second.csv", runs: rows });
  expect(second).toMatchObject({ created: 1, updated: 3, unchanged: 0 });
  expect(await listImports(p.alice, { project: "undo" })).toMatchObject([
    {
      id: second.id,
      file: "second.csv",
      created: 1,
      updated: 3,
      unchanged: 0,
      skipped: 0,
      by: "editor",
      undoneAt: null,
    },
    { id: first.id, file: "first.csv", created: 3, updated: 0, unchanged: 0, skipped: 2, undoneAt: null },
  ]);

  // Newest first: what the first import made was changed by the second.
  expect((await previewUndo(p.alice, { id: first.id })).blocked).toMatch(/"second.csv" has changed 3 runs/);
  await expect(undoImport(p.alice, { id: first.id, confirm: "first.csv" })).rejects.toMatchObject({ code: "conflict" });
  await expect(undoImport(p.alice, { id: second.id, confirm: "second" })).rejects.toMatchObject({
    code: "invalid",
    message: 'to confirm, type "second.csv"',
  });

  const made = (await stored("undo")).at(-1)!;
  const series = [{ metric: "loss", steps: [1, 2], values: [3, 2] }];
  await appendMetrics(p.alice, { runId: made.id, batch: columnsOf({ writer: "w", seq: 0, series }) });
  expect(await previewUndo(p.alice, { id: second.id })).toEqual({
    confirm: "second.csv",
    runs: 1,
    restored: 3,
    fits: 0,
    blocked: null,
  });
  expect(await undoImport(p.alice, { id: second.id, confirm: "second.csv" })).toEqual({ removed: 1, restored: 3 });
  expect(await stored("undo")).toEqual(before);
  expect(await p.alice.sql`select from metric_segments where run_id = ${made.id}`).toHaveLength(0);

  await expect(undoImport(p.alice, { id: second.id, confirm: "second.csv" })).rejects.toThrow(/undone already/);
  const [latest] = await listImports(p.alice, { project: "undo" });
  expect(latest!.undoneAt).toBeInstanceOf(Date);
  expect(await undoImport(p.alice, { id: first.id, confirm: "first.csv" })).toEqual({ removed: 3, restored: 0 });
  expect(await stored("undo")).toEqual([]);
  const audit = await p.alice.db.select().from(auditLog).where(eq(auditLog.action, "import.undo"));
  expect(audit.map((a) => a.detail)).toMatchObject([
    { file: "second.csv", removed: 1, restored: 3 },
    { file: "first.csv", removed: 3, restored: 0 },
  ]);
});

test("what a table says later of a dimension is stored, and undone", async () => {
  await createProject(p.alice, { name: "later", slug: "later" });
  const read = (said: string) => {
    const table = readDelimited("lr,bs,D,loss,tail\n0.001,8,1000000,2.5,2.6\n0.002,8,1000000,NaN,");
    return importedRuns(pointsOfTable(table, parseMapping(`lr=lr,batchSeqs=bs,tokens=D,loss=loss${said}`)), table).runs;
  };
  const plain = { project: "later", file: "t.csv", runs: read("") };
  await runImport(p.alice, plain);
  const before = await stored("later");
  // The loss of our own trainer needs no saying in a run's identity, so this is the same run.
  const said = { ...plain, runs: read(",metric=val/loss,taken=last,tailLoss=tail") };
  expect(said.runs.map((r) => r.identity)).toEqual(plain.runs.map((r) => r.identity));
  const { id, ...counts } = await runImport(p.alice, said);
  expect(counts).toEqual({ created: 0, updated: 2, unchanged: 0 });
  const both = { lossMetric: "val/loss", lossTaken: "last" };
  expect(await stored("later")).toMatchObject([{ ...both, trainTailLoss: 2.6 }, both]);
  expect(await runImport(p.alice, said)).toMatchObject({ created: 0, updated: 0, unchanged: 2 });
  await undoImport(p.alice, { id, confirm: "t.csv" });
  expect(await stored("later")).toEqual(before);
});

test("every dimension can be imported again with another value under one identity, and gets back its bits", async () => {
  await createProject(p.alice, { name: "dims", slug: "dims" });
  const [run] = rowsOf([2.5]);
  const odd = { beta2: 1e-300, width: 2 ** 53 - 1, trainTailLoss: 0.1 + 0.2, data: 'a "b"' };
  await runImport(p.alice, { project: "dims", file: "a", runs: [{ ...run!, ...odd }] });
  await p.alice.sql`update runs set weight_decay = '-0' where id = ${(await stored("dims"))[0]!.id}`;
  const [before] = await stored("dims");
  expect(Object.is(before!.weightDecay, -0)).toBe(true);
  const other = eachDimension((_, { kind, choices }) => choices?.[0] ?? (kind === "text" ? "other" : 77)) as object;
  const { id } = await runImport(p.alice, { project: "dims", file: "b", runs: [{ ...run!, ...other }] });
  expect((await stored("dims"))[0]).toMatchObject(other);
  await undoImport(p.alice, { id, confirm: "b" });
  expect((await stored("dims"))[0]).toEqual(before);
});

test("imports that the version before had stored can be undone after the upgrade", async () => {
  const { url, drop } = await cloneDatabase("template0");
  try {
    await migrateTo({ url }, (await migrationTags()).indexOf("0018_imports"));
    const { sql, close } = connect({ url }, { max: 1 });
    const [team, project, importId, runId] = Array.from({ length: 4 }, () => crypto.randomUUID());
    await sql`set session_replication_role = replica`;
    await sql`
      insert into runs (id, team_id, project_id, name, config, final_loss, width)
      values (${runId!}, ${team!}, ${project!}, 'r', '{}', 2, 64)`;
    await sql`insert into table_imports (id, team_id, project_id, file) values (${importId!}, ${team!}, ${project!}, 'f')`;
    await sql`
      insert into table_import_changes (import_id, run_id, made, diverged, config, final_loss, train_tail_loss)
      values (${importId!}, ${runId!}, false, true, '{"a": 1}', 'NaN', 0.30000000000000004),
        (${importId!}, ${crypto.randomUUID()}, true, null, null, null, null)`;
    await migrate({ url });
    const changes = await sql`select made, dimensions from import_changes order by made`;
    expect([...changes]).toEqual([
      { made: false, dimensions: { final_loss: "NaN", train_tail_loss: 0.30000000000000004 } },
      { made: true, dimensions: null },
    ]);
    const left = await sql`
      select relname as name from pg_class where relname like 'table_import%'
      union all select conname from pg_constraint where conname like 'table_import%' and contype <> 'n'`;
    expect([...left]).toEqual([]);
    const [run] = await sql`
      select d.final_loss, d.train_tail_loss, d.width from runs r, import_changes c, json_populate_record(r, c.dimensions) d
      where not c.made`;
    expect(run).toEqual({ final_loss: Number.NaN, train_tail_loss: 0.30000000000000004, width: 64 });
    await close();
  } finally {
    await drop();
  }
});

test("a table sent in parts is one import, and nobody else can add to it", async () => {
  await createProject(p.alice, { name: "parts", slug: "parts" });
  const rows = rowsOf([2.5, 2.4, 2.45, 2.6]);
  const input = { project: "parts", file: "parts.csv" };
  const { id } = await runImport(p.alice, { ...input, runs: rows.slice(0, 2) });
  const rest = { ...input, runs: rows.slice(2), continues: id };
  await expect(runImport(await colleague(p.alice, "editor"), rest)).rejects.toMatchObject({ code: "conflict" });
  await expect(runImport(p.alice, { ...rest, file: "other.csv" })).rejects.toMatchObject({ code: "conflict" });
  expect(await runImport(p.alice, rest)).toMatchObject({ id, created: 2 });
  expect(await listImports(p.alice, { project: "parts" })).toMatchObject([{ created: 4 }]);
  expect(await undoImport(p.alice, { id, confirm: "parts.csv" })).toEqual({ removed: 4, restored: 0 });
  await expect(runImport(p.alice, rest)).rejects.toMatchObject({ code: "conflict" });
});

test("saved fits that rest on the runs are counted before", async () => {
  const { slug } = await sweepIn(p.alice);
  const { fitId } = await lawIn(p.alice, slug);
  const { id } = await runImport(p.alice, { project: slug, file: "t.csv", runs: rowsOf([2.5, 2.4]) });
  expect(await previewUndo(p.alice, { id })).toMatchObject({ runs: 2, fits: 0 });
  await p.alice.sql`
    update fits set run_ids = array(select run_id from import_changes where import_id = ${id}) where id = ${fitId}`;
  expect(await previewUndo(p.alice, { id })).toMatchObject({ runs: 2, fits: 1 });
});

test("another team neither sees nor undoes it", async () => {
  const { id } = await runImport(p.alice, { project: "parts", file: "p.csv", runs: rowsOf([2.5]) });
  await expect(listImports(p.mallory, { project: "parts" })).rejects.toMatchObject({ code: "not_found" });
  await expect(previewUndo(p.mallory, { id })).rejects.toMatchObject({ code: "not_found" });
  await expect(undoImport(p.mallory, { id, confirm: "p.csv" })).rejects.toMatchObject({ code: "not_found" });
  const viewer = await colleague(p.alice, "viewer");
  await expect(undoImport(viewer, { id, confirm: "p.csv" })).rejects.toMatchObject({ code: "forbidden" });
});
