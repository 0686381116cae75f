import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { main } from "./main";

const GOLDEN = join(import.meta.dirname, "../tests/golden");
const MAP = "lr=lr,batchSeqs=bs,tokens=D,params=N,loss=smooth loss,seqLen=2048";
const means = { loadNext: async () => null as never };
const answer = JSON.parse(readFileSync(join(GOLDEN, "table.json"), "utf8"));

afterEach(() => vi.restoreAllMocks());

/** Runs a command as typed; a shell takes the quotes from `loss="smooth loss"`. */
async function etalon(...args: string[]) {
  const [out, err]: string[][] = [[], []];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => Boolean(out!.push(String(text))));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => Boolean(err!.push(String(text))));
  const code = await main(args, means);
  vi.restoreAllMocks();
  return { code, out: out!.join(""), err: err!.join("") };
}

const csv = (name: string) => ["--csv", join(GOLDEN, "data", name)];

test("a command asked for help prints it and does nothing else", async () => {
  for (const args of [["--help"], ["fit", "-h"], ["start", "--help"]]) {
    const { code, out, err } = await etalon(...args);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("etalon fit (--project SLUG | --csv FILE");
  }
});

test("fit prints optima, law, covariance, intervals and warnings in full precision, the same every time", async () => {
  const how = ["--form", "power-free", "--estimator", "ew", "--bootstrap", "100", "--json"];
  const args = ["fit", ...csv("odd-table.csv"), "--map", MAP, ...how];
  const { code, out } = await etalon(...args);
  const result = JSON.parse(out);
  expect(code).toBe(0);
  expect(result.optima).toHaveLength(answer.optima.length);
  expect(Object.keys(result.optima[0])).toEqual(
    expect.arrayContaining([
      "status",
      "argmin",
      "parabola3",
      "ew",
      "estimate",
      "plateau",
      "gridFactor",
      "points",
      "used",
    ]),
  );
  const { coefficients, covariance, n } = result.fit.regression;
  const expected = answer.fits.find((f: { form: string }) => f.form === "power-free");
  expect(n).toBe(expected.n);
  expect(covariance).toHaveLength(3);
  for (const [j, c] of coefficients.entries()) {
    expect(c.value / expected.coefficients[j]).toBeCloseTo(1, 8);
    expect([c.t.low < c.value, c.value < c.t.high, c.bootstrap.low < c.bootstrap.high]).toEqual([true, true, true]);
  }
  expect(result.warnings.length).toBeGreaterThan(0);
  expect((await etalon(...args)).out).toBe(out);
});

test.each([
  ["step-law", "ew", "all", "se", "none"],
  ["power", "parabola", "3", "none", "huber"],
  ["compute", "near-optimal", "all", "none", "none"],
])(
  "fit --form %s --estimator %s --top-batches %s --weights %s --robust %s",
  async (form, estimator, top, weights, robust) => {
    const options = ["--form", form, "--estimator", estimator, "--top-batches", top, "--weights", weights];
    const { out } = await etalon(
      "fit",
      ...csv("odd-table.csv"),
      "--map",
      MAP,
      ...options,
      "--robust",
      robust,
      "--json",
    );
    const expected = answer.fits.find(
      (f: Record<string, string>) =>
        f.form === form && f.estimator === estimator && f.weights === weights && f.robust === robust,
    );
    const values = JSON.parse(out).fit.regression.coefficients.map((c: { value: number }) => c.value);
    values.forEach((v: number, j: number) => {
      expect(v / expected.coefficients[j]).toBeCloseTo(1, 8);
    });
  },
);

test("fit --form chinchilla needs neither rates nor batches, and takes expressions", async () => {
  const map = "params=Model Size,tokens=`Training FLOP` / (6 * `Model Size`),loss=loss";
  const { out } = await etalon(
    "fit",
    ...csv("chinchilla-epoch.csv"),
    "--map",
    map,
    "--form",
    "chinchilla",
    "--bootstrap",
    "0",
    "--json",
  );
  const { law, n } = JSON.parse(out).fit;
  expect(n).toBe(245);
  expect(law.alpha).toBeGreaterThan(0.3);
  expect(law.alpha).toBeLessThan(0.5);
});

test("no law is a result with a reason", async () => {
  const { code, out } = await etalon("fit", ...csv("odd-table.csv"), "--map", MAP, "--where", "tokens=4e9", "--json");
  expect([code, JSON.parse(out).fit, JSON.parse(out).notIdentifiable.reason]).toEqual([0, null, "one-value"]);
});

test("transfer prints every check with its evidence", async () => {
  const groups = ["--fit-on", "params<4e8", "--test-on", "params>4e8"];
  const { code, out } = await etalon(
    "transfer",
    ...csv("odd-table.csv"),
    "--map",
    MAP,
    "--form",
    "step-law",
    ...groups,
    "--json",
  );
  const report = JSON.parse(out);
  expect(code).toBe(0);
  expect(report.checks.map((c: { name: string }) => c.name)).toEqual([
    "lr-error",
    "regret",
    "shift",
    "same-law",
    "width-slope",
    "leave-largest-out",
  ]);
  expect(report.cells[0]).toHaveProperty("regret");
});

test.each([
  [["fit", "--csv", "/nowhere.csv", "--map", MAP], /\/nowhere\.csv cannot be read \(ENOENT\)/],
  [
    ["fit", ...csv("odd-table.csv"), "--map", "lr=rate,tokens=D,loss=smooth loss"],
    /line 1: peakLr "rate" cannot be read: .*"rate" is neither a name/,
  ],
  [["fit", ...csv("odd-table.csv"), "--map", MAP, "--form", "cubic"], /--form cubic: /],
  [["fit", ...csv("odd-table.csv"), "--map", MAP, "--top-batches", "none"], /--top-batches none: /],
  [["fit", ...csv("odd-table.csv"), "--map", MAP, "--where", "speed>1"], /"speed" is not a field/],
  [["fit"], /say where the runs are/],
  [["transfer", ...csv("odd-table.csv"), "--map", MAP], /say both groups/],
  [["import", "table"], /etalon import table FILE --project SLUG/],
])("%j says what is wrong in one line", async (args, message) => {
  const { code, out, err } = await etalon(...args);
  expect([code, out]).toEqual([1, ""]);
  expect(err).toMatch(message);
});

test("propose prints the next runs within the budget, and says what is missing", async () => {
  const source = ["propose", ...csv("quickstart-a.csv"), "--map", "lr=peakLr"];
  const { code, out } = await etalon(
    ...source,
    "--target",
    "tokens=16Mi,batchSeqs=64",
    "--budget-tokens",
    "4M",
    "--json",
  );
  const proposal = JSON.parse(out);
  expect(code).toBe(0);
  expect(proposal.runs.length).toBeGreaterThan(3);
  expect(Object.keys(proposal.runs[0]).sort()).toEqual(
    ["batchSeqs", "costTokens", "gain", "params", "peakLr", "seed", "tokens"].sort(),
  );
  expect(proposal.costTokens).toBeLessThanOrEqual(4e6);
  expect(proposal.regretAfter).toBeLessThan(proposal.regretNow);
  for (const [args, message] of [
    [["--budget-tokens", "4M"], /say what the runs are for: --target tokens=10B/],
    [["--target", "tokens=1B"], /--target batchSeqs=: not a positive number/],
    [["--target", "tokens=1B,batch=4"], /“batch” is none of tokens, batchSeqs/],
    [["--target", "tokens=1B,batchSeqs=4"], /--budget-tokens : not a positive number/],
    [["--target", "tokens=1B,batchSeqs=4", "--budget-tokens", "1B", "--form", "step-law"], /knows no batch/],
  ] as const) {
    const { code: failed, err } = await etalon(...source, ...args);
    expect([failed, err]).toEqual([1, expect.stringMatching(message)]);
  }
});

test("compare-laws puts all forms on the same optima, and asks whether a dimension's values lie on one law", async () => {
  const source = ["compare-laws", ...csv("quickstart-a.csv"), "--map", "lr=peakLr"];
  const { out } = await etalon(...source, "--by", "width", "--json");
  const { forms, by, groups } = JSON.parse(out);
  expect(forms).toHaveLength(10);
  const found = forms.filter((f: { bestBatch: unknown }) => f.bestBatch !== null);
  expect(found.map((f: { bestBatch: { optima: number } }) => f.bestBatch.optima)).toEqual(Array(9).fill(8));
  expect([by, groups.relation]).toEqual(["width", "not determined"]);
  const { code, err } = await etalon(...source, "--by", "colour");
  expect([code, err]).toEqual([1, expect.stringContaining("--by colour: no dimension is called that")]);
});

type Listed = { id: string; target: { values: { rate: { value: number } } }; runs: { reason: string | null } };

test("published-laws says every law at a target, and what each would have cost on the runs", async () => {
  const plain = await etalon("published-laws");
  expect(plain.out).toContain("Step Law (arXiv 2503.04715, 2025; standard, AdamW; constants read in the source)");
  expect(plain.out).toContain("Power Lines (arXiv 2505.13738, 2025; mup, AdamW; UNVERIFIED constants)");
  expect(plain.out).toMatch(/Not drawn:\n {2}Björck/);

  const target = ["--target", "tokens=100B,params=1B,batchSeqs=512"];
  const { out } = await etalon("published-laws", ...target, "--json");
  const { laws, leftOut } = JSON.parse(out);
  const byId = (list: Listed[], id: string) => list.find((law) => law.id === id)!;
  expect(byId(laws, "step-law").target.values.rate.value).toBeCloseTo(0.001632499402447079, 15);
  expect(byId(laws, "power-scheduler").target.values.rate).toEqual({
    value: null,
    reason: "it needs batch and sequence length",
  });
  expect(leftOut.length).toBeGreaterThan(10);
  expect((await etalon("published-laws", ...target)).out).toContain(
    "learning rate 0.00163: eta = 1.79 N^-0.713 D^0.307",
  );

  const runs = await etalon("published-laws", ...csv("quickstart-a.csv"), "--map", "lr=peakLr", "--json");
  const compared = JSON.parse(runs.out).laws;
  expect(byId(compared, "power-scheduler").runs).toMatchObject({ reason: null, curves: 40 });
  expect(byId(compared, "step-law").runs.reason).toMatch(/^it gives the rate of all parameters/);
  const { code, err } = await etalon("published-laws", "--target", "width=3");
  expect([code, err]).toEqual([
    1,
    expect.stringContaining("“width” is none of tokens, params, batchSeqs, seqLen, loss"),
  ]);
});

test("plan prints axes within the budget and how sure they make the target, or the least that any cost", async () => {
  const target = ["--target", "tokens=16Mi,batchSeqs=64"];
  const { code, out } = await etalon("plan", ...target, "--budget-tokens", "20M", "--json");
  const { plans } = JSON.parse(out);
  expect([code, plans.length]).toEqual([0, 4]);
  for (const { costTokens, precision, space } of plans) {
    expect(costTokens).toBeLessThanOrEqual(2e7);
    expect([precision.draws, space.models.length]).toEqual([60, 1]);
  }
  const poor = await etalon("plan", ...target, "--budget-tokens", "1k");
  expect(poor).toMatchObject({ code: 1, err: expect.stringMatching(/1k: pays for no grid; the least .* costs \d+/) });
  expect((await etalon("plan", "--target", "tokens=1B")).err).toMatch(/batchSeqs=/);
});
