import { expect, test } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { fitLaw, fitSettingsSchema, isSameLaw, readFitResult, settingsToday } from ".";

const runs = quickstartRuns("quickstart-a.csv");
const settings = fitSettingsSchema.parse({ bootstrap: 20, where: "architecture = dense, width = 16|32" });
const law = fitLaw(runs, settings);

/** The same result as 0.1 stored it. */
function asBefore(): unknown {
  const { loss, where: _, ...others } = law.settings;
  const optima = law.optima.map(({ dims, ...o }) => {
    const { paramsNonEmbedding, paramsTotal, paramsActive, lossMetric, lossTaken, ...others } = dims;
    const { schedule: kind, scheduleShape: shape, warmupTokens: warmup, ...rest } = others;
    const schedule = `${kind} ${shape}, warmup ${warmup}`;
    const params = { nonEmbedding: paramsNonEmbedding, total: paramsTotal, active: paramsActive };
    return { ...o, dims: { ...rest, schedule, params, metric: lossMetric, taken: lossTaken } };
  });
  const where = "architecture=dense,schedule=wsd 10% exp, width=16|32";
  const old = { ...law, settings: { ...others, lossMetric: loss === "tail" ? "tail" : "final", where }, optima };
  return JSON.parse(JSON.stringify(old));
}

test("a result of 0.1 is read in today's names, and its filter means what it meant", () => {
  const read = readFitResult(asBefore());
  expect(read.optima.map((o) => o.dims)).toEqual(law.optima.map((o) => o.dims));
  expect(read.settings).toMatchObject({
    loss: "held-out",
    where: 'architecture=dense,schedule="wsd 10% exp",width=16|32',
  });
  expect(read.settings).not.toHaveProperty("lossMetric");
});

test("computing it again is the same law, and one number in twelve digits off is not", () => {
  const read = readFitResult(asBefore());
  expect(isSameLaw(law, read)).toBe(true);
  const off = JSON.parse(JSON.stringify(law)) as typeof law;
  if (off.fit?.kind !== "lr") throw new Error("no law");
  off.fit.regression.coefficients[0]!.value *= 1 + 1e-9;
  expect(isSameLaw(law, off)).toBe(false);
  expect(isSameLaw(law, { ...law, runIds: law.runIds.slice(1) })).toBe(false);
});

test("a curve that was taken out before recipes told curves apart stays out when the law is computed again", () => {
  const told = runs.map((run) => ({ ...run, optimizer: "adamw", weightDecay: 0.1 }));
  const some = law.optima.filter((o) => o.used)[3]!;
  const before = fitLaw(runs, { ...settings, excludedCurves: [some.key] });
  const again = fitLaw(told, settingsToday(before, told));
  expect(again.settings.excludedCurves).not.toEqual([some.key]);
  expect(isSameLaw(before, again)).toBe(true);
  expect(isSameLaw(before, fitLaw(told, before.settings))).toBe(false);
});

test("a result of today is read as it is", () => expect(readFitResult(law)).toBe(law));
