import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileExpression, configLookup, configNames, parseMapping, pointOfValues, readersOf, valuesOf } from ".";

const config = {
  per_device_train_batch_size: 4,
  gradient_accumulation_steps: "8",
  world_size: 16,
  optimizer: { lr: "3e-3", name: "adamw" },
  "smooth loss": 2.5,
  "train/steps": 1000,
  moe: true,
};
const evaluate = (text: string, of: Record<string, unknown> = config) =>
  compileExpression(text).evaluate(configLookup(of));

describe("expressions", () => {
  it.each([
    ["per_device_train_batch_size * gradient_accumulation_steps * world_size", 512],
    ["optimizer.lr * 2", 0.006],
    ["`smooth loss` - 0.5", 2],
    ["`train/steps` * per_device_train_batch_size ** 2", 16_000],
    ["log2(8) + max(1, 2, 3) - min(4, 5)", 2],
    ["moe ? 'moe' : 'dense'", "moe"],
    ["world_size >= 16 && optimizer.name == 'adamw' ? 1 : 0", 1],
    ["-(1 + 2) * 3 % 4", -1],
    ["1e-30 * 1", 1e-30],
  ])("%s is %s", (text, expected) => expect(evaluate(text)).toBe(expected));

  it.each([
    ["constructor", /"constructor" is missing/],
    ["optimizer.constructor", /"optimizer.constructor" is missing/],
    ["optimizer.__proto__.polluted", /is missing/],
    ["world_size.constructor('return 1')()", /is not a function/],
    ["optimizer['lr']", /is not allowed/],
    ["this", /is not allowed/],
    ["[1, 2]", /is not allowed/],
    ["a = 1", /an operator is missing|is not allowed|cannot be read/],
    ["eval('1')", /"eval" is not a function/],
    ["fetch(1)", /"fetch" is not a function/],
    ["world_size world_size", /an operator is missing/],
    ["1 +", /cannot be read/],
    ["nothing * 2", /"nothing" is missing/],
    ["optimizer * 2", /neither a number nor text/],
    ["optimizer.name * 2", /"adamw" is not a number/],
    ["x".repeat(2_000), /longer than/],
  ])("refuses %s with a reason", (text, message) => expect(() => evaluate(text)).toThrow(message));

  it("never reaches beyond the run, whatever is written", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        try {
          const value = evaluate(text, { a: 1 });
          expect(["number", "string", "boolean", "object"]).toContain(typeof value);
          if (typeof value === "object") expect(value).toBeNull();
        } catch (e) {
          expect((e as Error).name).toBe("ExpressionError");
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("a config as dimensions", () => {
  const dimensionsOf = (text: string, of: Record<string, unknown> = config) => {
    const { readers, problems } = readersOf(parseMapping(text), configNames(of));
    const read = valuesOf(readers, configLookup(of));
    return { ...read, problems: [...problems, ...read.problems] };
  };

  it("knows how a loss was taken, in any case of the letters, and refuses other words", () => {
    const of = { m: "eval_loss", t: "Tail-Mean", wrong: "best" };
    expect(dimensionsOf("metric=m,taken=t", of).values).toMatchObject({
      lossMetric: "eval_loss",
      lossTaken: "tail-mean",
    });
    expect(dimensionsOf("taken=minimum", of).values.lossTaken).toBe("minimum");
    // Called like the column of the loss: its name, not its values.
    expect(dimensionsOf("loss=smooth loss,metric=smooth loss").values).toMatchObject({
      finalLoss: 2.5,
      lossMetric: "smooth loss",
    });
    expect(dimensionsOf("taken=wrong", of).problems).toEqual([
      { dimension: "lossTaken", value: "best", message: "is not one of last, tail-mean, smoothed, minimum" },
    ]);
  });

  it("derives typed dimensions from expressions, keys in any case and constants", () => {
    const { values, problems } = dimensionsOf(
      'lr=optimizer.lr,batchSeqs=per_device_train_batch_size * gradient_accumulation_steps * world_size,seqLen=2048,tokens=min(`train/steps`, 1e9) * 2048,loss="Smooth Loss",architecture=dense',
    );
    expect(problems).toEqual([]);
    expect(values).toMatchObject({ peakLr: 0.003, batchSeqs: 512, seqLen: 2048, tokens: 2_048_000, finalLoss: 2.5 });
    expect(pointOfValues("r", values).point).toMatchObject({
      peakLr: 0.003,
      architecture: "dense",
      state: "finished",
    });
  });

  it.each([
    ["lr=lerning_rate", "peakLr", /"lerning_rate" is neither a name here nor a number; there are per_device/],
    ["width=optimizer.name", "width", /is not a positive number/],
    ["seed=0.5", "seed", /is not a whole number/],
    ["peakLr=-1", "peakLr", /is not a positive number/],
    ["diverged=optimizer.name", "diverged", /is not yes or no/],
  ])("says what is wrong with %s", (text, dimension, message) => {
    expect(dimensionsOf(text).problems).toEqual([
      expect.objectContaining({ dimension, message: expect.stringMatching(message) }),
    ]);
  });

  it.each(["NaN", "inf", "-Infinity"])("takes the loss %s for divergence", (loss) => {
    const { values } = dimensionsOf("lr=1,tokens=1,batchSeqs=1,loss=l", { l: loss });
    expect(values.finalLoss).toBeNaN();
    expect(pointOfValues("r", values).point?.state).toBe("diverged");
  });

  it.each(["", "n/a", null])(
    "takes the loss %s for divergence only where something says that the run diverged",
    (loss) => {
      const { values } = dimensionsOf("lr=1,tokens=1,batchSeqs=1,loss=l", { l: loss });
      expect(values.finalLoss).toBeNull();
      for (const said of [{}, { state: "finished" as const }, { diverged: 0 }])
        expect(pointOfValues("r", { ...values, ...said })).toMatchObject({ point: null, left: "no result" });
      for (const said of [{ state: "diverged" as const }, { diverged: 1 }])
        expect(pointOfValues("r", { ...values, ...said }).point?.state).toBe("diverged");
    },
  );

  it("turns a batch in tokens into sequences and says what is missing", () => {
    const { values } = dimensionsOf("lr=1,tokens=1,batchTokens=1048576,seqLen=2048,loss=2", {});
    expect(pointOfValues("r", values).point?.batchSeqs).toBe(512);
    expect(pointOfValues("r", { ...values, batchTokens: null, peakLr: null }).problems.map((p) => p.dimension)).toEqual(
      ["peakLr", "batchSeqs"],
    );
  });
});

it.each(["lr", "speed=lr", "lr="])("refuses the mapping %s", (text) =>
  expect(() => parseMapping(text)).toThrow(/mapping: "/),
);
