import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { apiOf } from "@/cli/api";
import { runs } from "@/db/schema";
import { historiesWith, memoryFile, type SourceFile, sendHistories } from "@/lib/import";
import { parseMapping } from "@/lib/mapping";
import { listImports, previewUndo, undoImport } from "@/server/services/import";
import { getRun, readLog } from "@/server/services/run";
import { metricsOf, readPoints } from "@/server/store";
import { keyWith, product } from "./product";
import { served } from "./served";

const p = product();
const CASES = join(import.meta.dirname, "../../lib/import/text/cases");
const nanogpt = readFileSync(join(CASES, "nanogpt-interrupted/input/output_interrupted.log"));
let server: Awaited<ReturnType<typeof served>>;
let key: string;

beforeAll(async () => {
  server = await served();
  key = await keyWith(p.alice, "read", "write");
});
afterAll(() => server.close());

function send(project: string, files: SourceFile[], map?: string) {
  const hasher = () => {
    const hash = createHash("sha256");
    return { update: (bytes: Uint8Array) => void hash.update(bytes), soFar: () => hash.copy().digest("hex") };
  };
  return sendHistories(files, apiOf({ url: server.url, key }), {
    project,
    title: files[0]!.path,
    formats: historiesWith,
    mapping: map ? parseMapping(map) : null,
    hasher,
    now: Date.UTC(2030, 0, 1),
  });
}

async function pointsOf(id: string, metric: string): Promise<[number, number][]> {
  const named = await metricsOf(p.alice, { runIds: [id], metric });
  const { steps, values } = (await readPoints(p.alice.sql, named)).get(id)!;
  return [...steps].map((step, i) => [step, values[i]!]);
}

const linesOf = (bytes: Uint8Array, n: number) =>
  new TextEncoder().encode(new TextDecoder().decode(bytes).split("\n").slice(0, n).join("\n").concat("\n"));

test("a log becomes a run with its points, log, settings and result; again changes nothing; undo takes it away", async () => {
  const file = memoryFile("runs/a.log", nanogpt);
  const first = await send("gpt", [file], "lr=6e-4,batchSeqs=480,seqLen=1024,tokens=1e9");
  expect(first).toMatchObject({ created: 1, updated: 0, unchanged: 0 });
  const id = [...first.ids.values()][0]!;
  const run = await getRun(p.alice, { id });
  expect(run).toMatchObject({ name: "runs/a", state: "crashed", finalLoss: 3.6716, lossMetric: "val loss" });
  expect(run).toMatchObject({ peakLr: 6e-4, batchSeqs: 480, tokens: 1e9 });
  const points = await pointsOf(id, "loss");
  expect([points.length, points[0], points.at(-1)]).toEqual([2547, [0, 10.9766], [2546, 3.5074]]);
  expect((await readLog(p.alice, { runId: id })).map((l) => l.text).join("\n")).toContain("KeyboardInterrupt");

  expect(await send("gpt", [file])).toMatchObject({ created: 0, updated: 0, unchanged: 1, importId: null });
  const elsewhere = memoryFile("other/name.txt", nanogpt);
  expect([...(await send("gpt", [elsewhere])).ids.values()]).toEqual([id]);

  const history = await listImports(p.alice, { project: "gpt" });
  expect(history.map((i) => [i.file, i.created, i.updated])).toEqual([["runs/a.log", 1, 0]]);
  const { confirm } = await previewUndo(p.alice, { id: history[0]!.id });
  expect(await undoImport(p.alice, { id: history[0]!.id, confirm })).toEqual({ removed: 1, restored: 0 });
  expect(await p.alice.db.select().from(runs).where(eq(runs.id, id))).toEqual([]);
});

test("a longer file of the same run adds what is new; one that begins otherwise is another run", async () => {
  const short = await send("grown", [memoryFile("a.log", linesOf(nanogpt, 500))]);
  const id = [...short.ids.values()][0]!;
  const before = await pointsOf(id, "loss");
  const long = await send("grown", [memoryFile("a.log", nanogpt)]);
  expect([long.created, long.updated, [...long.ids.values()]]).toEqual([0, 1, [id]]);
  const after = await pointsOf(id, "loss");
  expect([before.length < 500, after.length, after.slice(0, before.length)]).toEqual([true, 2547, before]);

  const other = new TextEncoder().encode(new TextDecoder().decode(nanogpt).replace("loss 10.9766", "loss 10.9767"));
  const second = await send("grown", [memoryFile("a.log", other)]);
  expect([second.created, [...second.ids.values()].includes(id)]).toEqual([1, false]);
});

test("going back to an earlier step hides what lay after it, and is kept; a second import hides nothing twice", async () => {
  const log = readFileSync(join(CASES, "megatron-restarts/input/tr8_104B_restarts_excerpt.log"));
  const sent = await send("restarts", [memoryFile("tr8.log", log)]);
  const id = [...sent.ids.values()][0]!;
  const steps = (await pointsOf(id, "lm loss")).map(([step]) => step);
  expect(steps).toEqual([6900, 6910, 6920, 6930, 6940, 8738, ...steps.slice(6)]);
  expect(steps).not.toContain(7000);
  await send("restarts", [memoryFile("tr8.log", log)]);
  expect((await pointsOf(id, "lm loss")).map(([step]) => step)).toEqual(steps);
});

test("values that are not finite stay what they are, and a run whose loss is none of them diverged", async () => {
  const log = readFileSync(join(CASES, "llm-c-nan-killed/input/console_nan_then_killed.log"));
  const sent = await send("nan", [memoryFile("nan.log", log)]);
  const id = [...sent.ids.values()][0]!;
  expect(await getRun(p.alice, { id })).toMatchObject({ state: "crashed", diverged: true, peakLr: 6e-4 });
  expect((await pointsOf(id, "loss")).every(([, value]) => Number.isNaN(value))).toBe(true);
});

test("steps that are fractions are stored times what makes all of a run's whole", async () => {
  const path = "../../lib/import/neptune/cases";
  const folder = join(import.meta.dirname, path);
  const [input] = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".parquet"),
  );
  const sent = await send("neptune", [memoryFile("LLM-1_part_0.parquet", readFileSync(join(folder, input!)))]);
  const id = [...sent.ids.values()][0]!;
  const points = await pointsOf(id, "metrics/train/loss");
  expect(points.map(([step]) => step)).toEqual([0, 1000, 2000, 3000, 4000, 4005]);
  expect(points.map(([, value]) => value)).toEqual([10.5, 7.25, 5, Number.NaN, 3.5, 3.25]);
});

test("a list of runs that is exported again goes on with them; runs that their own files gave are not taken from it", async () => {
  const input = join(CASES, "../../rows/cases/wandb-runs/input");
  const own = "wandb/offline-run-20261123_170347-offl0001/run-offl0001.wandb";
  await send("listed", [memoryFile(own, readFileSync(join(input, own)))]);
  const text = readFileSync(join(input, "project.csv"), "utf8");
  const list = (content: string) => [memoryFile("project.csv", new TextEncoder().encode(content))];
  const first = await send("listed", list(text));
  expect(first).toMatchObject({ created: 4, updated: 0 });
  expect(first.report.problems.at(-1)?.message).toMatch(/^left out 1 row \(the first is offl0001\)/);
  const id = [...first.ids].find(([run]) => run.read.sourceId === "aa11bb22")![1];
  expect(await getRun(p.alice, { id })).toMatchObject({ state: "finished", peakLr: 0.001, finalLoss: 2.75 });
  expect(await send("listed", list(text))).toMatchObject({ created: 0, updated: 0, unchanged: 4 });

  const mended = await send("listed", list(text.replace('"2.75"', '"2.625"')));
  expect(mended).toMatchObject({ created: 0, updated: 4 });
  expect(await pointsOf(id, "val_loss")).toEqual([[2_000, 2.625]]);
  await send("listed", list(text.replace('"2000","3599.5"', '"3000","3599.5"')));
  expect(await pointsOf(id, "val_loss")).toEqual([
    [2_000, 2.625],
    [3_000, 2.75],
  ]);
});

test("files of a run that a list gave before say that it is in the project twice", async () => {
  const input = join(CASES, "../../mlflow/cases/with-list/input");
  const files = (folder: string) =>
    readdirSync(join(input, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\/(metrics|params|tags)\/|[0-9a-f]{32}\/meta\.yaml$/.test(name))
      .map((name) => memoryFile(`${folder}/${name}`, readFileSync(join(input, folder, name))));
  const table = memoryFile("search_runs.csv", readFileSync(join(input, "search_runs.csv")));
  expect(await send("twice", [table])).toMatchObject({ created: 4 });
  const { report } = await send("twice", files("mlruns"));
  expect(report.problems.map(({ message }) => message)).toEqual([
    "the run 34a111218655458b81c5cc73643ca232 was imported from other files before and is now in the project twice",
  ]);
});

test("a trainer's state and the event files under it stay one run as both grow, each value once", async () => {
  const input = join(CASES, "../../hf-trainer-state/cases/with-event-files/input/out");
  const events = readFileSync(join(input, "runs/Nov29_host/events.out.tfevents.1700000000.host.1.0"));
  const state = JSON.parse(readFileSync(join(input, "trainer_state.json"), "utf8"));
  const ends: number[] = [];
  for (let at = 0; at < events.length; ends.push(at)) at += 16 + Number(events.readBigUInt64LE(at));
  const files = (rows: number) => [
    memoryFile("out/runs/a/events.out.tfevents.1.host.1.0", events.subarray(0, rows === 3 ? undefined : ends.at(-3))),
    memoryFile(
      "out/trainer_state.json",
      new TextEncoder().encode(
        JSON.stringify({ ...state, global_step: 10 * rows, log_history: state.log_history.slice(0, rows) }),
      ),
    ),
  ];
  const first = await send("joined", files(2));
  expect(first).toMatchObject({ created: 1 });
  const id = [...first.ids.values()][0]!;
  expect((await pointsOf(id, "loss")).length).toBe(2);
  expect(await send("joined", files(3))).toMatchObject({ created: 0, updated: 1 });
  expect(await send("joined", files(3))).toMatchObject({ created: 0, updated: 0, unchanged: 1 });
  expect((await pointsOf(id, "train/loss")).map(([step]) => step)).toEqual([10, 20, 30]);
  expect(await pointsOf(id, "loss")).toEqual([
    [10, 1.975],
    [20, 1.85],
    [30, 1.725],
  ]);
});
