// `npm run bench:lab [-- --json]`: how long the science and its page take. The runs are made up.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tsImport } from "tsx/esm/api";
import { print, ROOT, result, say } from "./report.mjs";

const load = (path) =>
  tsImport(path, {
    parentURL: import.meta.url,
    tsconfig: fileURLToPath(new URL("../tsconfig.json", import.meta.url)),
  });
const library = (path) => load(`../lib/${path}.ts`);
const { curvesOf, optimumOf } = await library("estimate/index");
const { fitLaw, fitLoss, fitSettingsSchema, mulberry32, rowsOf, selectOptima, sketchLaw } = await library("fit/index");
const { fitLr } = await library("fit/lr-fit");
const { planFor, proposeRuns } = await library("propose/index");

const settings = fitSettingsSchema.parse({ form: "power-free", estimator: "ew" });
const surface = fitSettingsSchema.parse({ form: "power-free" });
const runs = syntheticRuns();
const optima = () => curvesOf(runs, settings).map((curve) => optimumOf(curve, settings.estimator));
const rows = rowsOf(selectOptima(optima(), settings), settings).slice(0, 500);
const losses = chinchillaRows();
const someRuns = runs.slice(0, 2_000);
const sized = sketchLaw(runs, fitSettingsSchema.parse({ form: "power-free-size" }));
const next = { target: { tokens: 1e13, batchSeqs: 8_192, params: 1e9, seqLen: 2048 }, candidates: candidates() };
// As many tokens as were trained: all that a greedy choice may take.
const budgetTokens = runs.reduce((sum, run) => sum + run.tokens, 0);
const plan = { target: { tokens: 2 ** 26, batchSeqs: 128, params: 1e6 }, budgetTokens: 2e8 };
const proposed = proposeRuns(sized, { ...next, budgetTokens });
if (runs.length !== 10_000 || rows.length !== 500 || losses.length !== 245 || !(proposed?.runs.length > 30))
  throw new Error("not what is to be measured");

const ms = { unit: "ms", better: "lower" };
const results = [
  result("lab.optima_10k_ms", repeated(15, optima), ms),
  result(
    "lab.refit_2000_runs_ms",
    repeated(15, () => fitLaw(someRuns, settings)),
    ms,
  ),
  result(
    "lab.surface_10k_ms",
    repeated(15, () => sketchLaw(runs, surface)),
    ms,
  ),
  result(
    "lab.surface_refit_2000_runs_ms",
    repeated(15, () => fitLaw(someRuns, surface)),
    ms,
  ),
  result(
    "lab.fit_500_ms",
    repeated(31, () => fitLr("power-free", rows, settings)),
    ms,
  ),
  result(
    "lab.bootstrap_2000_ms",
    repeated(9, () => fitLr("power-free", rows, { ...settings, bootstrap: 2_000 })),
    ms,
  ),
  result(
    "lab.chinchilla_245_ms",
    repeated(5, () => fitLoss(losses)),
    ms,
  ),
  result(
    "lab.propose_1000_candidates_ms",
    repeated(15, () => proposeRuns(sized, { ...next, budgetTokens })),
    ms,
  ),
  result(
    "lab.plan_ms",
    repeated(3, () => planFor(plan), 0),
    ms,
  ),
];
if (!process.argv.includes("--no-page")) {
  const { measurePage } = await load("./lab-page.mjs");
  const { law, drawn } = await measurePage(csvOf(runs));
  results.push(result("lab.page_10k_ms", law, ms), result("lab.page_10k_drawn_ms", drawn, ms));
}
print(results);

/** 4 sizes x 10 batches x 25 lengths: those of the runs and beyond. */
function candidates() {
  return [4e7, 8e7, 1.6e8, 3.2e8].flatMap((params) =>
    Array.from({ length: 10 }, (_, b) => 16 * 2 ** b).flatMap((batchSeqs) =>
      Array.from({ length: 25 }, (_, t) => ({ params, batchSeqs, tokens: 2e9 * 1.3 ** (t + 8), seqLen: 2048 })),
    ),
  );
}

/** Milliseconds of each of n calls, after some that warm up. */
function repeated(n, work, warmUp = 5) {
  for (let i = 0; i < warmUp; i++) work();
  return Array.from({ length: n }, () => {
    const begun = performance.now();
    work();
    return performance.now() - begun;
  });
}

/** 5 sizes x 25 token counts x 10 batches x 8 rates about a made-up law, with noise. */
function syntheticRuns() {
  say("making 10,000 synthetic runs");
  const random = mulberry32(1);
  const made = [];
  for (let s = 0; s < 5; s++)
    for (let t = 0; t < 25; t++)
      for (let b = 0; b < 10; b++) {
        const [params, tokens, batchSeqs] = [1e7 * 2 ** s, 2e9 * 1.3 ** t, 8 * 2 ** b];
        const best = 2 * batchSeqs ** 0.6 * tokens ** -0.4 * (1 + 0.2 * random());
        const first = Math.round(Math.log2(best)) - 4;
        for (let l = 0; l < 8; l++) {
          const peakLr = 2 ** (first + l);
          const loss = 3 + 0.04 * Math.log(peakLr / best) ** 2 + 0.002 * random();
          made.push(runPoint(`run-${made.length}`, params, tokens, batchSeqs, peakLr, loss));
        }
      }
  return made;
}

function runPoint(runId, params, tokens, batchSeqs, peakLr, loss) {
  return {
    runId,
    architecture: "dense",
    parametrization: "mup",
    width: null,
    depth: null,
    paramsNonEmbedding: params,
    paramsTotal: params,
    paramsActive: params,
    seqLen: 2048,
    batchSeqs,
    tokens,
    peakLr,
    schedule: "wsd",
    data: "synthetic",
    seed: 1,
    state: "finished",
    finalLoss: loss,
  };
}

function csvOf(points) {
  const lines = points.map((p) => [p.peakLr, p.batchSeqs, p.tokens, p.paramsTotal, p.seqLen, p.finalLoss].join(","));
  return `lr,batchSeqs,tokens,params,seqLen,loss\n${lines.join("\n")}\n`;
}

function chinchillaRows() {
  const text = readFileSync(join(ROOT, "tests", "golden", "data", "chinchilla-epoch.csv"), "utf8");
  const [header, ...lines] = text.trim().split(/\r?\n/);
  const at = (name) => header.split(",").indexOf(name);
  return lines.map((line, i) => {
    const cells = line.split(",").map(Number);
    const params = cells[at("Model Size")];
    return { cellKey: String(i), params, tokens: cells[at("Training FLOP")] / (6 * params), loss: cells[at("loss")] };
  });
}
