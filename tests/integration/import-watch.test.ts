import { createHash } from "node:crypto";
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { apiOf } from "@/cli/api";
import { watchPaths } from "@/cli/import-watch";
import { histories, type Sent } from "@/lib/import";
import { listImports } from "@/server/services/import";
import { getRun, queryRuns } from "@/server/services/run";
import { metricsOf, readPoints } from "@/server/store";
import { keyWith, product } from "./product";
import { served } from "./served";

const p = product();
let server: Awaited<ReturnType<typeof served>>;
let folder: string;
let key: string;

beforeAll(async () => {
  server = await served();
  key = await keyWith(p.alice, "read", "write");
  folder = mkdtempSync(join(tmpdir(), "etalon watch "));
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const lines = (from: number, to: number, loss = 3) =>
  Array.from(
    { length: to - from },
    (_, i) => `iter ${from + i}: loss ${(loss - (from + i) / 1000).toFixed(4)}, time 10.00ms, mfu 1.00%\n`,
  ).join("");

async function lossesOf(id: string): Promise<[number, number][]> {
  const named = await metricsOf(p.alice, { runIds: [id], metric: "loss" });
  const { steps, values } = (await readPoints(p.alice.sql, named)).get(id)!;
  return [...steps].map((step, i) => [step, values[i]!]);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 100; i++) {
    if (await holds()) return;
    await sleep(50);
  }
  throw new Error("it did not come to hold");
}

test("a log that grows, is moved away and begun anew stays one run, in one entry of the history", async () => {
  const log = join(folder, "train.log");
  writeFileSync(log, lines(0, 50));
  const end = new AbortController();
  const heard: Sent[] = [];
  const errors: string[] = [];
  const options = {
    project: "watched",
    title: "watched",
    formats: histories,
    mapping: null,
    hasher: () => {
      const hash = createHash("sha256");
      return { update: (bytes: Uint8Array) => void hash.update(bytes), soFar: () => hash.copy().digest("hex") };
    },
  };
  const watching = watchPaths([folder], apiOf({ url: server.url, key }), options, {
    everyMs: 20,
    signal: end.signal,
    told: (sent) => heard.push(sent),
    failed: (e) => errors.push(e.message),
  });
  await until(async () => heard.length > 0);
  const id = [...heard[0]!.ids.values()][0]!;
  expect(await getRun(p.alice, { id })).toMatchObject({ state: "running" });
  const steps = async () => (await lossesOf(id)).length;
  await until(async () => (await steps()) === 50);

  // the last line is not whole yet
  appendFileSync(log, `${lines(50, 80)}iter 80: loss 2.`);
  await until(async () => (await steps()) === 80);
  appendFileSync(log, "9200, time 10.00ms, mfu 1.00%\n");
  await until(async () => (await steps()) === 81);
  expect((await lossesOf(id)).at(-1)).toEqual([80, 2.92]);

  // rotated: the old content gets another name, with lines that nobody has read yet
  appendFileSync(log, lines(81, 90));
  renameSync(log, join(folder, "train.log.1"));
  writeFileSync(log, lines(90, 100));
  await until(async () => (await steps()) === 100);

  // begun anew from a checkpoint at step 95
  writeFileSync(log, lines(95, 97, 4));
  await until(async () => (await lossesOf(id)).at(-1)![1] > 3);
  expect((await lossesOf(id)).slice(93)).toEqual([
    [93, 2.907],
    [94, 2.906],
    [95, 3.905],
    [96, 3.904],
  ]);
  await sleep(100);
  end.abort();
  await watching;
  expect(errors).toEqual([]);
  const { runs } = await queryRuns(p.alice, { project: "watched", limit: 10 });
  expect(runs.map((r) => r.id)).toEqual([id]);
  expect(await listImports(p.alice, { project: "watched" })).toMatchObject([{ file: "watched", created: 1 }]);
  expect(readFileSync(log, "utf8")).toBe(lines(95, 97, 4));
});
