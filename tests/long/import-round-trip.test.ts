import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { apiOf } from "@/cli/api";
import { withFiles } from "@/cli/import-sources";
import { historiesWith, sendHistories } from "@/lib/import";
import { createProject } from "@/server/services/project";
import { getRun, queryRuns } from "@/server/services/run";
import { metricsOf, readPoints } from "@/server/store";
import { keyWith, product } from "../integration/product";
import { served } from "../integration/served";
import { logWith, pythonOfLoggers, type Told } from "./loggers";

/** One run, logged by the packages that people use, read back from what they left: nothing may be lost on the way. */

interface Package {
  /** The format that its files are read by. */
  format: string;
  /** Whether it keeps values in 32 bits. */
  float32?: true;
  /** Metrics that it adds of its own. */
  adds?: string[];
  /** Whether it keeps no sign of zero. */
  unsignedZero?: true;
  /** Whether the same values were logged as by Etalon's own client; else what the package itself made up. */
  isCourse?: false;
}

const PACKAGES: Record<string, Package> = {
  torch: { format: "tensorboard", float32: true },
  torch_hparams: { format: "tensorboard", float32: true, adds: ["hparam/best"] },
  tensorboardx: { format: "tensorboard", float32: true },
  lightning_tensorboard: { format: "tensorboard", float32: true, adds: ["epoch", "hp_metric"] },
  lightning_csv: { format: "lightning", float32: true, adds: ["epoch"] },
  wandb: { format: "wandb", adds: ["_runtime"] },
  mlflow_files: { format: "mlflow" },
  mlflow_sqlite: { format: "mlflow-db", unsignedZero: true },
  transformers: { format: "hf-trainer-state", isCourse: false },
};

const p = product();
let server: Awaited<ReturnType<typeof served>>;
let key: string;
let folder: string;
let python: string | null;
let direct: { id: string; told: Told };

beforeAll(async () => {
  python = await pythonOfLoggers();
  if (python === null) return;
  server = await served();
  key = await keyWith(p.alice, "read", "write");
  folder = await mkdtemp(join(tmpdir(), "etalon-round-trip-"));
  await createProject(p.alice, { name: "Direct", slug: "direct" });
  const env = { ETALON_URL: server.url, ETALON_API_KEY: key, ETALON_SPILL_DIR: join(folder, "spill") };
  const told = await logWith(python, { loggedBy: "etalon", folder: join(folder, "direct"), env });
  const { runs } = await queryRuns(p.alice, { project: "direct" });
  direct = { id: runs[0]!.id, told };
}, 1_200_000);

afterAll(async () => {
  await server?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

test.each(Object.keys(PACKAGES))("%s", async (loggedBy) => {
  if (python === null) return;
  const { format, float32, unsignedZero, adds = [], isCourse = true } = PACKAGES[loggedBy]!;
  const kept = (value: number) => (unsignedZero && value === 0 ? 0 : float32 ? Math.fround(value) : value);
  const told = await logWith(python, { loggedBy, folder: join(folder, loggedBy), env: {} });
  const { id, problems } = await imported(loggedBy);
  expect(problems).toEqual([]);
  const run = await getRun(p.alice, { id });
  expect(run.config).toMatchObject(told.config);
  expect(run.state).toBe(told.state);
  expect((run.provenance as { format: string }).format).toBe(format);
  const names = (await p.alice.sql`select name from metrics where project_id = ${run.projectId}`).map((r) => r.name);
  expect(names.sort()).toEqual([...new Set([...Object.keys(told.metrics), ...adds])].sort());
  for (const [metric, { steps, values, times }] of lastOfEachStep(told)) {
    const read = await pointsOf(id, metric);
    expect([metric, ...read.steps]).toEqual([metric, ...steps]);
    expect([metric, ...read.values]).toEqual([metric, ...values.map(kept)]);
    expect([metric, read.times.length > 0]).toEqual([metric, times.every((t) => t !== null)]);
    for (const [i, time] of read.times.entries()) {
      const [earliest, latest] = times[i]!;
      expect(time).toBeGreaterThanOrEqual(1000 * earliest - 1);
      expect(time).toBeLessThanOrEqual(1000 * latest + 1);
    }
    if (!isCourse || adds.includes(metric)) continue;
    const own = await pointsOf(direct.id, metric);
    expect([...read.steps]).toEqual([...own.steps]);
    expect([...read.values]).toEqual([...own.values].map(kept));
  }
});

test("Etalon's own client keeps what it was told", async () => {
  if (python === null) return;
  for (const [metric, { steps, values }] of lastOfEachStep(direct.told)) {
    const read = await pointsOf(direct.id, metric);
    expect([[...read.steps], [...read.values]]).toEqual([steps, values]);
  }
  const run = await getRun(p.alice, { id: direct.id });
  expect([run.config, run.state]).toEqual([direct.told.config, direct.told.state]);
});

async function imported(loggedBy: string): Promise<{ id: string; problems: unknown[] }> {
  const hasher = () => {
    const hash = createHash("sha256");
    return { update: (bytes: Uint8Array) => void hash.update(bytes), soFar: () => hash.copy().digest("hex") };
  };
  const project = loggedBy.replace("_", "-");
  const options = { project, title: loggedBy, formats: historiesWith, mapping: null, hasher, now: Date.now() };
  const { ids, report } = await withFiles([join(folder, loggedBy, "files")], ({ files }) =>
    sendHistories(files, apiOf({ url: server.url, key }), options),
  );
  expect([loggedBy, ids.size]).toEqual([loggedBy, 1]);
  return { id: [...ids.values()][0]!, problems: report.problems };
}

async function pointsOf(id: string, metric: string) {
  const named = await metricsOf(p.alice, { runIds: [id], metric });
  const { steps, values, times } = (await readPoints(p.alice.sql, named, { times: true })).get(id)!;
  return { steps, values, times: [...(times ?? [])] };
}

/** A value that is logged again at a step takes the place of the one before. */
function lastOfEachStep({ metrics }: Told) {
  return Object.entries(metrics).map(([metric, { steps, values, earliest, latest }]) => {
    const at = new Map(steps.map((step, i) => [step, i]));
    const order = [...at].sort(([a], [b]) => a - b);
    const times = order.map(([, i]) => {
      const [from, to] = [earliest[i] ?? null, latest[i] ?? null];
      return from === null || to === null ? null : ([from, to] as const);
    }) as [number, number][];
    const numbers = order.map(([, i]) => pythonNumber(values[i]!));
    return [metric, { steps: order.map(([step]) => step), values: numbers, times }] as const;
  });
}

function pythonNumber(text: string): number {
  if (text === "nan") return Number.NaN;
  if (text.endsWith("inf")) return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
}
