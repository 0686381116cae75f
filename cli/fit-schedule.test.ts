import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { FITTED, TESTED } from "../tests/golden/schedule-curves";
import { main } from "./main";

const DATA = join(import.meta.dirname, "../tests/golden/data/multi-power-law");
const folder = mkdtempSync(join(tmpdir(), "etalon-schedules-"));

afterEach(() => vi.restoreAllMocks());
afterAll(() => rmSync(folder, { recursive: true }));

async function fitSchedule(...args: string[]) {
  const [out, err]: string[][] = [[], []];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => Boolean(out!.push(String(text))));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => Boolean(err!.push(String(text))));
  const code = await main(["fit-schedule", ...args], { loadNext: async () => null as never });
  vi.restoreAllMocks();
  return { code, out: out!.join(""), err: err!.join("") };
}

const paths = (size: string, names: readonly string[]) =>
  names.map((name) => join(DATA, size, `${name}.csv`)).join(",");
const GOOD = paths("25M", FITTED);
const WARMUP = ["--warmup-steps", "2160"];

/** A file of this test. */
function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test.each([
  ["25M", 0.00465],
  ["400M", 0.0073],
])("the law of %s predicts six unseen schedules", async (size, published) => {
  const args = ["--fit", paths(size, FITTED), "--test", paths(size, TESTED), ...WARMUP, "--json"];
  const { code, out, err } = await fitSchedule(...args);
  const { law, fit, test: tested, notIdentifiable } = JSON.parse(out);
  expect([code, err, notIdentifiable]).toEqual([0, "", null]);
  expect(Object.keys(law)).toEqual(["L0", "A", "alpha", "B", "C", "beta", "gamma"]);
  expect(fit).toMatchObject({ rmse: expect.any(Number), r2: expect.any(Number) });
  expect(tested.rmse).toBeLessThanOrEqual(1.1 * published);
  expect(tested.curves.map((c: { name: string }) => c.name)).toEqual(TESTED.map((name) => `${name}.csv`));
  expect(tested).toMatchObject({ r2: expect.any(Number), mae: expect.any(Number), worstRelative: expect.any(Number) });
  expect((await fitSchedule(...args)).out).toBe(out);
});

test("without --json it is text, and lists may be given part by part", async () => {
  const options = GOOD.split(",").flatMap((path) => ["--fit", path]);
  const { code, out } = await fitSchedule(...options, "--test", paths("25M", ["wsdcon_3"]), ...WARMUP);
  expect(code).toBe(0);
  expect(out).toContain("  alpha = 0.5");
  expect(out).toContain("fitted to 3 curves, 437 points: rmse 0.00");
  expect(out).toContain("  wsdcon_3.csv: rmse 0.00");
});

const TARGET = "tokens=24000Ki,batchSeqs=8,seqLen=128,peakLr=3e-4,a=0.08,b=-0.51";

test("--target compares schedules, and measures the amplitude of the Power schedule", async () => {
  const args = ["--fit", GOOD, ...WARMUP, "--target", TARGET];
  const { out, err } = await fitSchedule(...args, "--json");
  expect(err).toBe("");
  const { compare, law, fit, test: tested } = JSON.parse(out);
  expect([Object.keys(law).length, fit.curves.length, tested]).toEqual([7, 3, null]);
  expect(compare).toMatchObject({ steps: 24_000, leftOut: [], amplitude: { borrowed: { ratio: 4 / 4.6 } } });
  expect(compare.schedules).toHaveLength(21);
  expect(compare.schedules[0].difference).toBe(0);
  expect(compare.amplitude.loss).toBeLessThanOrEqual(compare.amplitude.borrowed.loss);
  const { out: text } = await fitSchedule(...args);
  expect(text).toContain("predicted final loss after 24000 steps");
  expect(text.match(/^ {2}\d\.\d{5} {2}\+\d\.\d{5} {2}(WSD|cosine|constant|Power)/gm)).toHaveLength(21);
  expect(text).toMatch(/amplitude ratio of the Power schedule [\d.]+ \(within 0\.1% of the loss from/);
  const plain = await fitSchedule("--fit", GOOD, ...WARMUP, "--json");
  expect(Object.keys(JSON.parse(plain.out))).not.toContain("compare");
});

test("without a law there is no comparison", async () => {
  const only = ["--fit", paths("25M", ["constant_24000"]), ...WARMUP, "--target", TARGET, "--json"];
  expect(JSON.parse((await fitSchedule(...only)).out)).toMatchObject({ law: null, compare: null });
});

test.each([
  ["tokens=1B", "--target batchSeqs=: not a positive number"],
  ["tokens=1B,batchSeqs=8,seqLen=64,peakLr=1e-3,a=4", "a and b go together"],
  ["tokens=1B,batchSeqs=8,seqLen=64,peakLr=1e-3,a=4,b=0.5", "b below 0"],
  ["tokens=1B,peak=3", "“peak” is none of tokens, batchSeqs"],
])("--target %s is refused", async (target, message) => {
  const { code, err } = await fitSchedule("--fit", GOOD, ...WARMUP, "--target", target);
  expect(code).toBe(1);
  expect(err).toContain(message);
});

test("curves that determine no law are a result with a reason", async () => {
  const only = ["--fit", paths("25M", ["constant_24000"]), "--test", paths("25M", ["wsdcon_3"]), ...WARMUP];
  const { code, out } = await fitSchedule(...only, "--json");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ law: null, fit: null, test: null, notIdentifiable: { reason: "no-decay" } });
  expect((await fitSchedule(...only)).out).toMatch(/^no law: .*B, C, beta and gamma/);
});

const HEAD = "step,lr,loss\n";

test.each([
  [
    "a missing column",
    "step,rate,loss\n2200,3e-4,3\n",
    "it has no column lr (it has step, rate, loss); name the columns",
  ],
  ["no rows", HEAD, "it has no rows"],
  ["a text for a loss", `${HEAD}2200,3e-4,3\n2300,3e-4,high\n`, 'line 3: loss "high" is no loss above 0'],
  ["a diverged loss", `${HEAD}2200,3e-4,NaN\n`, 'line 2: loss "NaN" is no loss above 0'],
  ["an empty rate", `${HEAD}2200,,3\n`, 'line 2: lr "" is no learning rate'],
  ["a negative rate", `${HEAD}2200,-1e-4,3\n`, 'line 2: lr "-1e-4" is no learning rate'],
  ["half a step", `${HEAD}2200.5,3e-4,3\n`, 'line 2: step "2200.5" is no whole number'],
  ["a step twice", `${HEAD}2200,3e-4,3\n2200,3e-4,3\n`, 'line 3: step "2200" comes after step 2200; steps must ascend'],
  ["a row cut short", `${HEAD}2200,3e-4,3\n2300,3e\n`, "line 3: row"],
  ["rates of zero", `${HEAD}2200,0,3\n2300,0,3\n`, "column lr is 0 in every row"],
  ["a warmup longer than it is", `${HEAD}20,3e-4,3\n30,3e-4,3\n`, "its last step is 30 and the warmup takes 2160"],
])("a file with %s is refused: where and what to do", async (name, text, message) => {
  const path = written(`${name}.csv`, text);
  const { code, out, err } = await fitSchedule("--fit", GOOD, "--test", path, ...WARMUP);
  expect([code, out]).toEqual([1, ""]);
  expect(err).toContain(`etalon: ${path}`);
  expect(err).toContain(message);
});

test.each([
  ["nothing to fit", ["--test", GOOD, ...WARMUP], "say which curves to fit: --fit"],
  ["no warmup", ["--fit", GOOD], "--warmup-steps N, 0 if there was none"],
  ["a warmup of words", ["--fit", GOOD, "--warmup-steps", "2k"], '--warmup-steps: "2k" is no whole number'],
  ["a file in both lists", ["--fit", GOOD, "--test", paths("25M", ["wsdcon_9"]), ...WARMUP], "in --fit and in --test"],
  ["a file named twice", ["--fit", `${GOOD},${GOOD}`, ...WARMUP], "is in --fit twice; name it once"],
  ["a file that is not there", ["--fit", join(folder, "none.csv"), ...WARMUP], "cannot be read (ENOENT)"],
])("%s is refused", async (_, args, message) => {
  const { code, err } = await fitSchedule(...args);
  expect(code).toBe(1);
  expect(err).toContain(message);
});
