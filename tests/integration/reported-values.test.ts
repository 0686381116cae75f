import { beforeAll, expect, test } from "vitest";
import { type LabTable, readLabTable } from "@/lib/run";
import { append } from "@/server/http/native/metrics";
import { create, exportAll, finish, get, query, update } from "@/server/http/native/runs";
import { fitPoints } from "@/server/services/fit";
import { resumeMappings, saveMapping } from "@/server/services/mapping";
import { appendMetrics, columnsOf, listRewinds, readBuckets } from "@/server/services/metric";
import { createProject } from "@/server/services/project";
import { runPoints } from "@/server/services/run";
import { compactRun } from "@/server/store";
import { call, keyWith, product } from "./product";

const p = product();
let key: string;
let made = 0;

beforeAll(async () => {
  key = await keyWith(p.alice, "write", "read");
});

async function newProject(): Promise<string> {
  const slug = `reported-${++made}`;
  await createProject(p.alice, { name: slug, slug });
  return slug;
}

async function newRun(project: string, body: Record<string, unknown> = {}): Promise<string> {
  return (await call(create, { key, body: { project, ...body } })).body.id;
}

const read = async (id: string) => (await call(get, { key, id })).body;

test("what a program reported stays, whatever a mapping cannot read or reads otherwise", async () => {
  const project = await newProject();
  const id = await newRun(project, {
    dimensions: { peakLr: 0.004, seqLen: 2048 },
    config: { tokens_in_batch: 16_384 },
  });
  const other = await newRun(project, { config: { lr: 0.002, tokens_in_batch: 16_384, seed: 2 ** 40 } });
  await call(finish, { key, id, body: { state: "finished", finalLoss: 2.5, trainTailLoss: 2.6 } });
  const mapping = { lr: "lr", batchTokens: "tokens_in_batch", loss: "val_loss", tailLoss: "tail", seed: "seed" };
  await saveMapping(p.alice, { project, mapping });
  expect(await read(id)).toMatchObject({
    peakLr: 0.004,
    seqLen: 2048,
    batchSeqs: 8,
    finalLoss: 2.5,
    trainTailLoss: 2.6,
  });
  expect(await read(other)).toMatchObject({ peakLr: 0.002, finalLoss: null, seed: 2 ** 40 });
  await call(update, { key, id: other, body: { config: { lr: 0.008 } } });
  expect((await read(other)).peakLr).toBe(0.008);
  // Without the expression nothing derived is left.
  await saveMapping(p.alice, { project, mapping: { batchSeqs: "none" } });
  expect(await read(other)).toMatchObject({ peakLr: null, batchSeqs: null, seed: null });
  expect(await read(id)).toMatchObject({ peakLr: 0.004, batchSeqs: null, finalLoss: 2.5 });
});

test("a mapping whose process ended before it was through is applied by the next start", async () => {
  const project = await newProject();
  const id = await newRun(project, { config: { lr: 0.002 } });
  await saveMapping(p.alice, { project, mapping: { lr: "lr" } });
  await p.alice.sql`update runs set peak_lr = null where id = ${id}`;
  await p.alice.sql`update project_mappings set applied = false`;
  await resumeMappings(p.alice, () => {});
  expect((await read(id)).peakLr).toBe(0.002);
});

test("a seed, width or batch of 64 bits is stored; a mapped one that no column holds is unknown and costs nothing else", async () => {
  const project = await newProject();
  const id = await newRun(project, { dimensions: { seed: 4_294_967_295, width: 2 ** 40 } });
  expect(await read(id)).toMatchObject({ seed: 4_294_967_295, width: 2 ** 40 });
  await saveMapping(p.alice, { project, mapping: { seed: "seed", lr: "lr" } });
  const { body } = await call(create, {
    key,
    raw: `{"project":"${project}","config":{"seed":18446744073709551615,"lr":0.1}}`,
  });
  expect(await read(body.id)).toMatchObject({ seed: null, peakLr: 0.1 });
});

test("a run that finishes without a final loss takes the last val/loss, and without that has none and lies on no curve", async () => {
  const project = await newProject();
  const dimensions = { batchSeqs: 8, tokens: 1e6 };
  for (const [peakLr, finalLoss] of [
    [0.001, 3.3],
    [0.002, 3.2],
    [0.004, 3.1],
  ] as const) {
    const id = await newRun(project, { dimensions: { ...dimensions, peakLr } });
    await call(finish, { key, id, body: { state: "finished", finalLoss } });
  }
  const silent = await newRun(project, { dimensions: { ...dimensions, peakLr: 0.008 } });
  await call(finish, { key, id: silent, body: { state: "finished" } });
  const logged = await newRun(project, { dimensions: { ...dimensions, peakLr: 0.016 } });
  const series = [{ metric: "val/loss", steps: [1, 2], values: [4, 3.05] }];
  await call(append, { key, id: logged, body: { writer: "w", seq: 0, series } });
  await call(finish, { key, id: logged, body: { state: "finished" } });
  expect(await read(silent)).toMatchObject({ finalLoss: null, diverged: false });
  expect(await read(logged)).toMatchObject({ finalLoss: 3.05, lossMetric: "val/loss", lossTaken: "last" });
});

test("a failed read leaves the run open, so that ending it again derives everything", async () => {
  const project = await newProject();
  const id = await newRun(project);
  const series = [{ metric: "train/loss", steps: [1, 2, 3, 4, 5], values: [5, 4, 3, 2, 1] }];
  await call(append, { key, id, body: { writer: "w", seq: 0, series } });
  await compactRun(p.alice.sql, id);
  const [chunk] = await p.alice.sql`select values from metric_chunks where run_id = ${id}`;
  await p.alice.sql`update metric_chunks set values = '\\x02'::bytea where run_id = ${id}`;
  expect((await call(finish, { key, id, body: { state: "finished", finalLoss: 2 } })).status).toBe(500);
  expect((await read(id)).state).toBe("running");
  await p.alice.sql`update metric_chunks set values = ${chunk!.values} where run_id = ${id}`;
  expect((await call(finish, { key, id, body: { state: "finished", finalLoss: 2 } })).body.changed).toBe(true);
  expect(await read(id)).toMatchObject({ state: "finished", trainLossQuartile: 2 });
});

test("elapsed time counts from the earliest time of the run, whichever metric and step has it", async () => {
  const id = await newRun(await newProject());
  const batch = (seq: number, metric: string, steps: number[], times: number[]) =>
    appendMetrics(p.alice, {
      runId: id,
      batch: columnsOf({ writer: "w", seq, series: [{ metric, steps, values: steps, times }] }),
    });
  const elapsed = async (metric: string) => {
    const { series } = await readBuckets(p.alice, { runIds: [id], metric, x: "elapsed", buckets: 100 });
    return Array.from(series[0]!.columns().x);
  };
  const t0 = 1.7e12;
  await batch(0, "train/loss", [10, 20], [t0, t0 + 60_000]);
  await batch(1, "val/loss", [10, 20], [t0 + 600_000, t0 + 900_000]);
  for (const compacted of [false, true]) {
    if (compacted) await compactRun(p.alice.sql, id);
    expect(await elapsed("val/loss")).toEqual([600_000, 900_000]);
    expect(await elapsed("train/loss")).toEqual([0, 60_000]);
  }
  await batch(2, "train/loss", [0], [t0 + 7_200_000]);
  expect(await elapsed("train/loss")).toEqual([0, 60_000, 7_200_000]);
  await p.alice.sql`update runs set first_time = null where id = ${id}`; // as versions before left it
  expect(await elapsed("val/loss")).toEqual([600_000, 900_000]);
});

test("a rewind has the time of its arrival, and takes the run's tokens back", async () => {
  const id = await newRun(await newProject());
  const series = (from: number) => [
    { metric: "m", steps: [from, from + 1], values: [1, 2], tokens: [from * 10, from * 10 + 10] },
  ];
  await appendMetrics(p.alice, { runId: id, batch: columnsOf({ writer: "w", seq: 0, series: series(100) }) });
  await compactRun(p.alice.sql, id);
  expect((await read(id)).lastTokens).toBe(1_010);
  await appendMetrics(p.alice, {
    runId: id,
    batch: columnsOf({ writer: "w", seq: 1, rewindTo: 2, series: series(3) }),
  });
  await p.alice.sql`update metric_segments set at = '2026-01-02T03:04:05Z' where run_id = ${id}`;
  expect(await listRewinds(p.alice, { runId: id })).toEqual([{ no: 1, step: 2, at: new Date("2026-01-02T03:04:05Z") }]);
  expect((await read(id)).lastTokens).toBe(40);
});

test("filters: dates, NaN, quotes, dotted keys, letters of any alphabet, numbers as people write them", async () => {
  const project = await newProject();
  const ids: Record<string, string> = {};
  for (const [name, config, finalLoss] of [
    ["Über-baseline", { "optimizer.lr": 0.001, n: "32", job: 7 }, 2.4],
    ["Опыт 1", { optimizer: { lr: 0.002 }, n: 32 }, 3],
    ["nan run", {}, "NaN"],
    ["lr=0.001,bs=32", { n: "many" }, "Infinity"],
    ["open", {}, null],
  ] as const) {
    ids[name] = await newRun(project, { name, config, dimensions: { tokens: 131_072 } });
    if (finalLoss !== null) await call(finish, { key, id: ids[name], body: { state: "finished", finalLoss } });
  }
  const ask = async (filter: string, sort?: string) => {
    const { status, body } = await call(query, { key, body: { project, filter, sort } });
    return status === 200 ? (body.runs as { name: string }[]).map((r) => r.name) : `${status} ${body.error.message}`;
  };
  const found = async (filter: string) => {
    const names = await ask(filter);
    return typeof names === "string" ? names : names.sort();
  };
  for (const date of ["2024", "2024-05", "2024-05-31", "2024-05-31T10:00", "2024-05-31T10:00:00+02:00"]) {
    expect(await found(`created > ${date}`)).toHaveLength(5);
  }
  for (const date of ["2024-02-30", "5", "0000-01-01", "2024-13", "yesterday", "1e3"]) {
    expect(await ask(`created > ${date}`)).toMatch(/^422 .*at character 11/);
  }
  expect(await found("loss > 2.5")).toEqual(["lr=0.001,bs=32", "Опыт 1"].sort());
  expect(await found("loss = NaN")).toEqual(["nan run"]);
  expect(await ask("loss > NaN")).toMatch(/^422/);
  expect((await ask("", "-loss")).slice(0, 3)).toEqual(["lr=0.001,bs=32", "Опыт 1", "Über-baseline"]);
  expect((await ask("", "loss")).slice(0, 3)).toEqual(["Über-baseline", "Опыт 1", "lr=0.001,bs=32"]);
  expect(await found("state = 'finished'")).toEqual(["Über-baseline", "Опыт 1"].sort());
  expect(await ask("state = finishd")).toMatch(/^422 .*finishd.*running/);
  expect(await found("'lr=0.001,bs=32'")).toEqual(["lr=0.001,bs=32"]);
  expect(await ask("lr=0.001,bs=32")).toMatch(/^422 .*quotes/);
  expect(await found("config.optimizer.lr < 0.01")).toEqual(["Über-baseline", "Опыт 1"].sort());
  expect(await found('config."optimizer.lr" < 0.01')).toEqual(["Über-baseline"]);
  expect(await ask("config.optimizer.lr < 0.01", "-config.optimizer.lr")).toEqual(["Опыт 1", "Über-baseline"]);
  expect(await found("config.n = 32")).toEqual(["Über-baseline", "Опыт 1"].sort());
  expect(await found("name ~ über")).toEqual(["Über-baseline"]);
  expect(await found("опыт")).toEqual(["Опыт 1"]);
  expect(await found("tokens = 128Ki and tokens < 132k and tokens > 0.131M")).toHaveLength(5);
});

test("the export has every run of the project, in order, and no cell that a spreadsheet runs", async () => {
  const project = await newProject();
  const [row] = await p.alice.sql<{ id: string }[]>`select id from projects where slug = ${project}`;
  await p.alice.sql`
    insert into runs (team_id, project_id, name, config, source, state, final_loss, created_at)
    select ${p.alice.teamId}, ${row!.id}, 'run ' || i, '{}', 'api', 'finished', -0.5, now() + make_interval(secs => i / 1000)
    from generate_series(1, 25000) i`;
  await newRun(project, { name: '=HYPERLINK("x")' });
  const { text } = await call(exportAll, { key, query: `?project=${project}&format=csv` });
  const lines = text.trimEnd().split("\n");
  expect(lines).toHaveLength(25_002);
  expect(new Set(lines.map((l) => l.split(",")[0])).size).toBe(25_002);
  expect(lines.filter((l) => l.includes(",-0.5,"))).toHaveLength(25_000);
  expect(lines.find((l) => l.includes("HYPERLINK"))).toContain(`"'=HYPERLINK(""x"")"`);
  const some = await call(exportAll, {
    key,
    query: `?project=${project}&format=jsonl&filter=name%20~%20%22run%20777%22`,
  });
  expect(some.text.trimEnd().split("\n")).toHaveLength(11);
});

test("ends, resumes and mappings in any order leave what was said last", async () => {
  const project = await newProject();
  const id = await newRun(project, { id: "again" });
  const end = (body: object) => call(finish, { key, id, body: { state: "finished", ...body } });
  const remap = (mapping: Record<string, string>) => saveMapping(p.alice, { project, mapping });
  await end({ finalLoss: "NaN" });
  expect(await read(id)).toMatchObject({ diverged: true });
  await newRun(project, { id: "again" });
  await end({ finalLoss: 2.9 });
  await remap({ lr: "lr" });
  expect(await read(id)).toMatchObject({ finalLoss: 2.9, diverged: false });
  await newRun(project, { id: "again" });
  const series = [{ metric: "val/loss", steps: [1], values: [3.05] }];
  await call(append, { key, id, body: { writer: "w", seq: 0, series } });
  await end({});
  await remap({ lr: "lr", metric: "test/loss" });
  expect(await read(id)).toMatchObject({ finalLoss: 3.05, lossMetric: "val/loss", lossTaken: "last" });
});

test("a loss that the mapping finds in the config outlives an end without one, and beats the last val/loss", async () => {
  const project = await newProject();
  await saveMapping(p.alice, { project, mapping: { loss: "result.loss" } });
  const id = await newRun(project);
  const series = [{ metric: "val/loss", steps: [1], values: [3.05] }];
  await call(append, { key, id, body: { writer: "w", seq: 0, series } });
  await call(update, { key, id, body: { config: { result: { loss: 2.5 } } } });
  await call(finish, { key, id, body: { state: "finished" } });
  expect(await read(id)).toMatchObject({ finalLoss: 2.5, diverged: false });
});

test("a batch that no column holds is unknown, a small one is one sequence, and no start fails for it", async () => {
  const project = await newProject();
  const [huge, small] = [await newRun(project, { config: { b: 1e20 } }), await newRun(project, { config: { b: 512 } })];
  await saveMapping(p.alice, { project, mapping: { batchTokens: "b", seqLen: "2048" } });
  expect([(await read(huge)).batchSeqs, (await read(small)).batchSeqs]).toEqual([null, 1]);
  const digits = await call(create, { key, raw: `{"project":"${project}","config":{"a":[1e131000]}}` });
  expect([digits.status, digits.body.error.message]).toEqual([400, expect.stringContaining("1000 digits")]);
});

test("a run that died of its divergence is a result, one that crashed without a word is none", async () => {
  const project = await newProject();
  const dimensions = { peakLr: 0.016, batchSeqs: 8, tokens: 1e6 };
  const died = await newRun(project, { dimensions });
  const crashed = await newRun(project, { dimensions });
  await call(finish, { key, id: died, body: { state: "crashed", finalLoss: null, diverged: true } });
  await call(finish, { key, id: crashed, body: { state: "crashed", finalLoss: null } });
  expect(await runPoints(p.alice, { project })).toMatchObject([{ runId: died, state: "diverged", peakLr: 0.016 }]);
  const { points } = readLabTable(JSON.parse((await fitPoints(p.alice, { project })).text) as LabTable);
  expect(points.map((point) => [point.runId, point.state])).toEqual([[died, "diverged"]]);
});
