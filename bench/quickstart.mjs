// `npm run bench:quickstart [-- --seeds 10] [--first 2] [--preset NAME] [--curves 1] [--out FOLDER | --from FOLDER]
// [--least-tokens N] [--json]`: whether the interval of the quickstart's advice holds the best rate of a larger model
// that the sweep has not seen. Every seed trains the preset and `curves` curves of width 128; --from judges again what
// --out kept, --least-tokens without the shorter runs of the sweep.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PRESETS } from "../lib/sweep/index.ts";
import { experimentOf, judge, targetOf, WIDEST_FACTOR } from "./quickstart/held-out.ts";
import { trainExperiment } from "./quickstart/train.ts";
import { print, result, say, timed } from "./report.mjs";
import { PROGRAM, withProgram } from "./trainer-program.mjs";

const FORMS = ["power-free", "power-free-size"];
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "10" },
    first: { type: "string", default: "2" },
    preset: { type: "string", default: "quickstart-tiny" },
    curves: { type: "string", default: "1" },
    out: { type: "string" },
    from: { type: "string" },
    "least-tokens": { type: "string", default: "0" },
    json: { type: "boolean" },
  },
});
const experiments = values.from ? await kept(values.from) : await trained();
const judged = experiments.map(judgedOf);
if (values.from) judged.forEach(tell);
print(
  FORMS.flatMap((_, i) => figuresOf(judged.map(({ verdicts }) => verdicts[i]))),
  { detail: judged },
);

async function trained() {
  const preset = PRESETS.find((p) => p.name === values.preset);
  if (!preset) throw new Error(`--preset ${values.preset}: one of ${PRESETS.map((p) => p.name).join(", ")}`);
  const all = [];
  if (values.out) await mkdir(values.out, { recursive: true });
  await withProgram(async (folder) => {
    for (let i = 0; i < Number(values.seeds); i++) {
      const seed = Number(values.first) + i;
      say(`${preset.name}, seed ${seed}`);
      const means = { program: PROGRAM, folder, slots: availableParallelism() };
      const experiment = { preset: preset.name, seed };
      const configs = experimentOf(preset.space, seed, { curves: Number(values.curves) });
      experiment.seconds = await timed(async () => {
        experiment.runs = await trainExperiment(configs, means);
      });
      experiment.target = targetOf(experiment.runs.heldOut[0].config);
      if (values.out) await writeFile(join(values.out, `${preset.name}-${seed}.json`), JSON.stringify(experiment));
      tell(judgedOf(experiment));
      all.push(experiment);
    }
  });
  return all;
}

async function kept(folder) {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json"));
  const read = await Promise.all(names.map(async (name) => JSON.parse(await readFile(join(folder, name), "utf8"))));
  return read.sort((p, q) => p.seed - q.seed);
}

function judgedOf({ runs: { sweep, heldOut }, ...rest }) {
  const long = sweep.filter(({ config }) => config.tokens >= Number(values["least-tokens"]));
  return { ...rest, verdicts: FORMS.map((form) => judge({ sweep: long, heldOut }, form)) };
}

function tell({ preset, seed, target, seconds, verdicts }) {
  const { width, batchSeqs, tokens } = target;
  say(`${preset}, seed ${seed}: width ${width}, batch ${batchSeqs}, ${tokens} tokens; ${Math.round(seconds)} s`);
  for (const { form, coefficients, peakLr, law, optimum, best, offOctaves, regret } of verdicts) {
    const own = best.ownParabola === null ? "none" : rate(best.ownParabola);
    const named = Object.entries(coefficients).map(([name, value]) => `${name} ${value.toPrecision(3)}`);
    say(`  ${form} (${named.join(", ")}): ${rate(peakLr)}, law ${shown(law)}, one new optimum ${shown(optimum)}`);
    say(`    best ${rate(best.lr)} +- ${percent(best.se)} (own parabola ${own}, grid ${rate(best.argmin)})`);
    say(`    off by ${offOctaves.toFixed(2)} octaves, regret ${percent(regret)}`);
  }
}

function shown({ low, high, factor, held }) {
  return `${rate(low)} to ${rate(high)} (x${factor.toFixed(2)}, ${held ? "held" : "missed"})`;
}

function rate(lr) {
  return String(Number(lr.toPrecision(3)));
}

function percent(share) {
  return share === null ? "?" : `${(100 * share).toFixed(2)}%`;
}

/** Totals of one form over all seeds. */
function figuresOf(verdicts) {
  const named = (name) => `quickstart.${verdicts[0].form}.${name}`;
  const each = (name, unit, of) => result(named(name), verdicts.map(of), { unit, better: "lower" });
  const share = (name, is) => {
    const percent = (100 * verdicts.filter(is).length) / verdicts.length;
    return result(named(name), [percent], { unit: "%", better: "higher" });
  };
  return [
    ...["law", "optimum"].flatMap((of) => [
      share(`${of}.held`, (v) => v[of].held),
      share(`${of}.within_${WIDEST_FACTOR}`, (v) => v[of].factor <= WIDEST_FACTOR),
      each(`${of}.factor`, "", (v) => v[of].factor),
    ]),
    each("off_octaves", "", (v) => v.offOctaves),
    each("best_se", "", (v) => v.best.se),
    each("regret", "%", (v) => 100 * v.regret),
  ];
}
