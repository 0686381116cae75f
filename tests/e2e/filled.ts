import { type Api, signIn } from "./api";
import { type Etalon, newKey, ROOT, run } from "./etalon";

/** What the pages of a project with something on every page are called. */
export interface Filled {
  api: Api;
  ids: Record<string, string>;
  runIds: string[];
}

const LARGE = { batchSeqs: 512, seqLen: 4096, tokens: 1e10, width: 2048, baseWidth: 64 };

/**
 * A project with the recorded runs of the quickstart, curves, a fit, advice near and far, a report and a public link.
 */
export async function fill(etalon: Etalon): Promise<Filled> {
  const table = `${ROOT}/tests/golden/data/quickstart-a.csv`;
  const imported = await run(etalon.dataDir, ["import", "table", table, "--project", "filled", "--json"]);
  if (imported.code !== 0) throw new Error(imported.stderr);
  const api = await signIn(etalon);
  const team = "team";
  const fit = await api.fit.save.mutate({ team, fit: { project: "filled", name: "Law", settings: {} } });
  const target = { batchSeqs: 8, seqLen: 64, tokens: 2_097_152, width: 64, baseWidth: 64, params: 93_696 };
  const advise = (title: string, of: typeof LARGE) =>
    api.recommendation.create.mutate({ team, recommendation: { fitId: fit.id, title, note: "for us", target: of } });
  const near = await advise("Near", target);
  await api.recommendation.publish.mutate({ team, id: near.id });
  const shared = await api.share.create.mutate({ team, link: { of: { kind: "recommendation", id: near.id } } });
  const far = await advise("Far", LARGE);
  const report = await api.report.create.mutate({ team, report: { project: "filled", title: "Study" } });
  const runIds = await withCurves(etalon);
  const space = {
    models: [{ width: 32, depth: 2, heads: 2, hidden: 96, seqLen: 64 }],
    batches: [{ batchSeqs: 8, learningRates: [0.002, 0.004] }],
    tokens: [131_072],
    schedule: { kind: "wsd" as const, warmupTokens: 65_536 },
  };
  const sweep = await api.sweep.create.mutate({ team, sweep: { project: "filled", name: "Sweep", space } });
  const ids = { team, project: "filled", run: runIds[0]!, fit: fit.id, sweep: sweep.id, report: report.id };
  return { api, runIds, ids: { ...ids, recommendation: near.id, far: far.id, key: shared.key } };
}

const SEEDS = 3;
const POINTS = 200;

/** Runs of two rates and some seeds that logged a training loss. */
async function withCurves(etalon: Etalon): Promise<string[]> {
  const key = await newKey(etalon.dataDir, "write");
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${etalon.url}/api/v1${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return (await response.json()) as { id: string };
  };
  const made: string[] = [];
  for (const rate of [0.01, 0.002]) {
    for (let seed = 0; seed < SEEDS; seed++) {
      const name = `curve lr ${rate} seed ${seed}`;
      const dimensions = { peakLr: rate, seed };
      const { id } = await post("/runs", { project: "filled", name, config: { rate }, dimensions });
      const steps = Array.from({ length: POINTS }, (_, i) => i + 1);
      const values = steps.map((s) => 6 / s ** 0.3 + 20 * rate + 0.05 * seed);
      const tokens = steps.map((s) => s * 512);
      await post(`/runs/${id}/metrics`, {
        writer: "w",
        seq: 0,
        series: [{ metric: "train/loss", steps, values, tokens }],
      });
      made.push(id);
    }
  }
  return made;
}
