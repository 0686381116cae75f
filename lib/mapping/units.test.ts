import { describe, expect, it } from "vitest";
import { readersOf } from "./source";
import { joinUnit, splitUnit, unitsOf } from "./units";
import { valuesOf } from "./values";

const mapping = { batchSeqs: "micro * accumulation", seqLen: "2048" };
const units = unitsOf("tokens", mapping);
const read = (tokens: string, row: Record<string, unknown>) => {
  const { readers, problems } = readersOf({ ...mapping, tokens }, Object.keys(row));
  expect(problems).toEqual([]);
  return valuesOf(readers, (name) => row[name]).values.tokens;
};

describe("units", () => {
  it.each([
    ["one", "D", "D", 20],
    ["k", "D", "D * 1e3", 20e3],
    ["m", "D", "D * 1e6", 20e6],
    ["b", "D", "D * 1e9", 20e9],
    ["t", "D", "D * 1e12", 20e12],
    ["samples", "D", "D * 2048", 20 * 2048],
    ["steps", "D", "D * (micro * accumulation) * 2048", 20 * 8 * 4 * 2048],
    ["b", "D (billions)", "`D (billions)` * 1e9", 7e9],
    ["b", "D + 1", "(D + 1) * 1e9", 21e9],
    ["m", "`D (billions)`", "`D (billions)` * 1e6", 7e6],
  ])("%s of %s is %s", (unit, quantity, text, tokens) => {
    expect(joinUnit(quantity, unit, units)).toBe(text);
    expect(read(text, { D: 20, "D (billions)": 7, micro: 8, accumulation: 4 })).toBe(tokens);
  });

  it("are found again in the text, and an expression that holds none stays what it is", () => {
    for (const { id } of units) {
      expect(splitUnit(joinUnit("D", id, units), units)).toEqual({ quantity: "D", unit: id });
      expect(splitUnit(joinUnit("D + 1", id, units), units)).toEqual({ quantity: "D + 1", unit: id });
    }
    expect(splitUnit("a * b", units)).toEqual({ quantity: "a * b", unit: "one" });
    expect(splitUnit("", units)).toEqual({ quantity: "", unit: "one" });
    expect(joinUnit("", "b", units)).toBe("");
  });

  it.each([
    ["one", "L", "L"],
    ["perplexity", "ppl", "log(ppl)"],
    ["perplexity", "val ppl", "log(`val ppl`)"],
    ["perplexity", "a + log(b)", "log(a + log(b))"],
    ["bits", "bpb", "bpb * 0.6931471805599453"],
  ])("%s of a loss %s is %s", (unit, quantity, text) => {
    const losses = unitsOf("finalLoss", {});
    expect(losses.map((u) => u.id)).toEqual(["one", "perplexity", "bits"]);
    expect(joinUnit(quantity, unit, losses)).toBe(text);
    expect(splitUnit(text, losses).unit).toBe(unit);
    expect(joinUnit(splitUnit(text, losses).quantity, unit, losses)).toBe(text);
  });

  it("are no logarithm where there are two", () => {
    const losses = unitsOf("finalLoss", {});
    expect(splitUnit("log(a) - log(b)", losses)).toEqual({ quantity: "log(a) - log(b)", unit: "one" });
  });

  it("offer steps and samples only where the mapping says how many tokens they are", () => {
    const ids = (m: Parameters<typeof unitsOf>[1]) => unitsOf("tokens", m).map((u) => u.id);
    expect(ids({})).toEqual(["one", "k", "m", "b", "t"]);
    expect(ids({ seqLen: "L" })).toContain("samples");
    expect(ids({ seqLen: "L" })).not.toContain("steps");
    expect(ids({ batchTokens: "bt" })).toContain("steps");
    expect(unitsOf("peakLr", mapping)).toEqual([]);
  });
});
