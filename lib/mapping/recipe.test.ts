import fc from "fast-check";
import { expect, it } from "vitest";
import { runConfigSchema } from "../protocol";
import { RECIPE_IGNORED, recipeDifferences, recipeOf } from ".";
import { isIgnored } from "./recipe";

it("which recommendation a run follows is no part of its recipe, whatever a project ignores", () => {
  const own = { mapping: {}, ignored: [], own: false };
  const follows = { etalon_recommendation: "5f0c0c0e-0000-4000-8000-000000000000" };
  expect(recipeOf(follows, own)).toBeNull();
  expect(recipeOf({ ...follows, beta1: 0.9 }, own)).toEqual(recipeOf({ beta1: 0.9 }, own));
});

const rules = { mapping: {}, ignored: RECIPE_IGNORED, own: false };
const keysOf = (config: Record<string, unknown>, set: Partial<typeof rules> = {}) =>
  recipeOf(config, { ...rules, ...set })?.map(([key]) => key);

it("is what is left after dimensions, seed and keys that cannot change training", () => {
  const config = {
    learning_rate: 1e-3,
    "params/seed": 3,
    n_layer: 12,
    weight_decay: 0.1,
    dropout: 0.1,
    optimizer: { name: "adamw", eps: 1e-8, betas: [0.9, 0.95] },
    wandb: { project: "x", run_id: "abc" },
    output_dir: "/data/a",
    hostname: "node7",
    device: "cuda",
    log_interval: 10,
    save_steps: 500,
    run_name: "third try",
    gradient_accumulation_steps: 4,
    max_iters: 20_000,
    lr_decay_iters: 20_000,
    activation: "gelu",
  };
  expect(recipeOf(config, rules)).toEqual([
    ["activation", '"gelu"'],
    ["dropout", "0.1"],
    ["optimizer.betas", "[0.9,0.95]"],
    ["optimizer.eps", "1e-8"],
  ]);
  expect(recipeOf({}, rules)).toBeNull();
  expect(recipeOf({ seed: 1 }, rules)).toEqual([]);
});

it("leaves out what a mapping reads, through expressions too, in any case of the letters", () => {
  const config = { steps: 10, Rows: 4, sched: { top: 0.1 }, eps: 1 };
  expect(keysOf(config)).toEqual(["Rows", "eps", "sched.top", "steps"]);
  const mapping = { tokens: "steps * rows * 2", peakLr: "sched.top" };
  expect(keysOf(config, { mapping })).toEqual(["eps"]);
});

it("is the same for one config in any order and number format, and keeps every digit", () => {
  const text = (config: Record<string, unknown>) => JSON.stringify(recipeOf(config, rules));
  expect(text({ a: 0.001, b: { c: 1, d: [1, 2] } })).toBe(text(JSON.parse('{"b":{"d":[1,2.0],"c":1.0},"a":1e-3}')));
  expect(text({ a: 1 })).not.toBe(text({ a: "1" }));
});

it("says other rates as parts of the peak, so that a floor that follows it is one recipe", () => {
  const recipe = (peakLr: number | null, min_lr: number) => recipeOf({ min_lr }, { ...rules, peakLr });
  expect(recipe(6e-4, 6e-5)).toEqual([["min_lr", "0.1 of the peak"]]);
  expect(recipe(3e-4, 3e-5)).toEqual(recipe(6e-4, 6e-5));
  expect(recipe(6e-4, 3e-5)).not.toEqual(recipe(6e-4, 6e-5));
  expect(recipe(null, 6e-5)).toEqual([["min_lr", "0.00006"]]);
});

it("of our own trainer is the same for every size, schedule, batch and seed of one sweep's choices", () => {
  const config = (set: object) =>
    runConfigSchema.parse({
      model: { width: 32, depth: 2, heads: 2, hidden: 96, seqLen: 64 },
      schedule: { kind: "wsd", peakLr: 0.004, warmupTokens: 4096 },
      batchSeqs: 8,
      tokens: 131_072,
      ...set,
    });
  const recipe = (set: object) => JSON.stringify(recipeOf(config(set), { ...rules, own: true }));
  const first = recipe({});
  expect(recipe({ seed: 7, batchSeqs: 16, tokens: 262_144, evalTokens: 65_536 })).toBe(first);
  expect(recipe({ schedule: { kind: "cosine", peakLr: 0.01, warmupTokens: 0 } })).toBe(first);
  expect(recipe({ model: { width: 64, depth: 4, heads: 4, hidden: 160, seqLen: 128 } })).toBe(first);
  expect(recipe({ optimizer: { weightDecay: 0.3, beta2: 0.99 } })).toBe(first);
  expect(recipe({ model: { width: 32, depth: 2, heads: 1, hidden: 96, seqLen: 64 } })).not.toBe(first);
  for (const other of [{ optimizer: { eps: 1e-6 } }, { optimizer: { gradClip: 0 } }, { precision: "bf16" }])
    expect(recipe(other)).not.toBe(first);
});

it("names the keys in which recipes differ, with what each has", () => {
  expect(
    recipeDifferences([
      [
        ["a", "1"],
        ["b", "2"],
      ],
      [
        ["b", "2"],
        ["c", '"x"'],
      ],
    ]),
  ).toEqual([
    { key: "a", values: ["1", null] },
    { key: "c", values: [null, '"x"'] },
  ]);
});

it.each([
  ["wandb.project", ["wandb*"], true],
  ["train/log_dir", ["*_dir"], true],
  ["data.tokenizer_name", ["name"], false],
  ["RUN_NAME", ["*run_name"], true],
  ["dropout", ["*"], true],
  ["dropout", ["d*t", "x"], true],
  ["dropout", ["d*x"], false],
  ["a.b", ["a.*"], true],
  ["dropout", [], false],
])("%s under %j is ignored: %s", (key, patterns, ignored) => expect(isIgnored(key, patterns)).toBe(ignored));

it("matches as a regular expression of the same pattern would", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 12 });
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 12 }),
      letters,
      (text, pattern) => {
        expect(isIgnored(text, [pattern])).toBe(new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(text));
      },
    ),
    { numRuns: 1_000 },
  );
  isIgnored("a".repeat(100_000), [`${"*a".repeat(90)}b`]);
});
