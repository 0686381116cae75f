import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { writerOf } from "@/db/client";
import { create } from "@/server/http/native/runs";
import { appendMetrics, columnsOf, readSeries } from "@/server/services/metric";
import { createProject } from "@/server/services/project";
import { finishRun } from "@/server/services/run";
import { compactRun, foldLedger } from "@/server/store";
import { limits } from "@/server/store/write/writer";
import { action, play, RESULT, smallChunks } from "./metric-model";
import { call, keyWith, product } from "./product";

const p = product();
let key: string;

beforeAll(async () => {
  key = await keyWith(p.alice, "write");
  await createProject(p.alice, { name: "Store", slug: "store" });
});

async function newRun(): Promise<string> {
  return (await call(create, { key, body: { project: "store" } })).body.id;
}

test("whatever comes in whatever order, compacted at any moment, is read as a model in memory has it", async () => {
  const usual = smallChunks();
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 14 }), async (actions) =>
        play(p.alice, await newRun(), actions, true),
      ),
      { numRuns: 60 },
    );
  } finally {
    usual();
  }
}, 240_000);

describe("chunks", () => {
  test("long series fill chunks of 4,096; an early point rewrites only its own chunk; sealing leaves no small ones", async () => {
    const runId = await newRun();
    let seq = 0;
    const send = async (from: number, n: number) => {
      const s = Array.from({ length: n }, (_, i) => from + i);
      const batch = {
        writer: "w",
        seq: seq++,
        series: [{ metric: "loss", steps: s, values: s.map((v) => 1 / (v + 1)) }],
      };
      await appendMetrics(p.alice, { runId, batch: columnsOf(batch) });
    };
    for (let k = 0; k < 20; k++) {
      await send(k * 1_000, 1_000);
      await compactRun(p.alice.sql, runId);
    }
    const before = await chunks(runId);
    expect(before.reduce((n, c) => n + c.points, 0)).toBe(20_000);
    await appendMetrics(p.alice, {
      runId,
      batch: columnsOf({ writer: "w", seq: seq++, series: [{ metric: "loss", steps: [10], values: [99] }] }),
    });
    await compactRun(p.alice.sql, runId);
    const after = await chunks(runId);
    expect(after.slice(1)).toEqual(before.slice(1));
    expect(after[0]).toMatchObject({ points: before[0]!.points, max: 99 });
    await finishRun(p.alice, { runId, ...RESULT });
    await compactRun(p.alice.sql, runId);
    expect((await chunks(runId)).filter((c) => c.points < 4_096)).toHaveLength(1);
    const [read] = await readSeries(p.alice, { runIds: [runId], metric: "loss" });
    expect(read!.values).toEqual(Array.from({ length: 20_000 }, (_, v) => (v === 10 ? 99 : 1 / (v + 1))));
  });

  test("metrics that are logged together share their steps, tokens and times", async () => {
    const runId = await newRun();
    const s = Array.from({ length: 100 }, (_, i) => i);
    const columns = { steps: s, values: s, tokens: s.map((v) => v * 4096), times: s.map((v) => 1.7e12 + v * 1.5) };
    const batch = { writer: "w", seq: 0, series: ["a", "b", "c"].map((metric) => ({ metric, ...columns })) };
    await appendMetrics(p.alice, { runId, batch: columnsOf(batch) });
    await compactRun(p.alice.sql, runId);
    const [axes] = await p.alice.sql`select count(*)::int as n from metric_axes where run_id = ${runId}`;
    expect(axes!.n).toBe(1);
  });

  const chunks = async (runId: string) => [
    ...(await p.alice.sql<{ first_step: number; points: number; max: number }[]>`
      select first_step, points, max from metric_chunks where run_id = ${runId} and hidden_by = 0 order by first_step`),
  ];
});

test("two compactions and ten writers of one run at once lose and double nothing", async () => {
  const runId = await newRun();
  let done = false;
  const compacting = [0, 1].map(async () => {
    while (!done) await compactRun(p.alice.sql, runId);
  });
  await Promise.all(
    Array.from({ length: 10 }, async (_, w) => {
      for (let seq = 0; seq < 30; seq++) {
        // New names meet rows of old ones that a compaction is changing.
        const names = [...(w % 2 === 0 ? ["a", "b"] : ["b", "a"]), `own ${w} ${seq}`];
        const all = names.map((metric) => ({ metric, steps: [seq * 10 + w, seq], values: [w, seq] }));
        const batch = columnsOf({ writer: `w${w}`, seq, series: all });
        await appendMetrics(p.alice, { runId, batch });
        if (seq % 7 === 0) expect((await appendMetrics(p.alice, { runId, batch })).duplicate).toBe(true);
      }
    }),
  );
  done = true;
  await Promise.all(compacting);
  await compactRun(p.alice.sql, runId);
  const [a] = await readSeries(p.alice, { runIds: [runId], metric: "a" });
  expect(a!.steps).toEqual(Array.from({ length: 300 }, (_, i) => i));
});

test("a database that does not answer holds up nobody for long, and the batch sent again is there once", async () => {
  const [id, other] = [await newRun(), await newRun()];
  const batch = (seq: number) =>
    columnsOf({ writer: "w", seq, series: [{ metric: "m", steps: [2 * seq, 2 * seq + 1], values: [seq, seq] }] });
  for (const runId of [id, other]) await appendMetrics(p.alice, { runId, batch: batch(0) });
  const usual = limits.statementMs;
  limits.statementMs = 300;
  try {
    await p.alice.sql.begin(async (tx) => {
      await tx`select from runs where id = ${id} for update`;
      await expect(appendMetrics(p.alice, { runId: id, batch: batch(1) })).rejects.toMatchObject({
        code: "unavailable",
      });
      expect(await appendMetrics(p.alice, { runId: other, batch: batch(1) })).toMatchObject({ accepted: 2 });
    });
  } finally {
    limits.statementMs = usual;
  }
  const again = await appendMetrics(p.alice, { runId: id, batch: batch(1) });
  expect(again).toEqual(again.duplicate ? { accepted: 0, duplicate: true } : { accepted: 2, duplicate: false });
  await compactRun(p.alice.sql, id);
  const [stored] = await readSeries(p.alice, { runIds: [id], metric: "m" });
  expect(stored).toMatchObject({ steps: [0, 1, 2, 3], values: [0, 0, 1, 1] });
});

test("storing a batch reads no table whole, however few rows there were when its plan was made", async () => {
  const id = await newRun();
  const writer = writerOf(p.alice.sql);
  const wholeReads = async () => {
    await writer`select pg_stat_force_next_flush()`;
    await writer`select pg_stat_clear_snapshot()`;
    const rows = await writer<{ relname: string; seq_scan: number }[]>`
      select relname, seq_scan from pg_stat_user_tables
      where relname in ('runs', 'ingest_batches', 'ingest_ledgers', 'metric_segments') order by relname`;
    return rows.map((r) => [r.relname, r.seq_scan]);
  };
  const send = (seq: number) =>
    appendMetrics(p.alice, {
      runId: id,
      batch: columnsOf({ writer: "w", seq, series: [{ metric: "m", steps: [seq], values: [1] }] }),
    });
  await send(0);
  const before = await wholeReads();
  expect(before).toHaveLength(4);
  for (let seq = 1; seq < 20; seq++) await send(seq);
  expect(await wholeReads()).toEqual(before);
});

test("a batch is recognised after its number was folded, and others after it", async () => {
  const id = await newRun();
  const send = (seq: number) =>
    appendMetrics(p.alice, {
      runId: id,
      batch: columnsOf({ writer: "w", seq, series: [{ metric: "m", steps: [seq], values: [1] }] }),
    });
  for (const seq of [0, 1, 5]) {
    expect((await send(seq)).duplicate).toBe(false);
    await foldLedger(p.alice.sql, 0);
  }
  for (const seq of [0, 1, 5]) expect((await send(seq)).duplicate).toBe(true);
  expect((await send(3)).duplicate).toBe(false);
});
