import { describe, expect, it } from "vitest";
import { isSameTarget, parseTargetQuery, recommendationTargetSchema, targetDistance } from ".";

const base = recommendationTargetSchema.parse({ tokens: 1e12, batchSeqs: 1024, seqLen: 4096, params: 3e9 });

describe("a target from text", () => {
  it("reads numbers, words and the unknown over a base, and JSON", () => {
    const target = parseTargetQuery("tokens=2e12, batchSeqs=512,params=any,schedule=power", base);
    expect(target).toEqual({ ...base, tokens: 2e12, batchSeqs: 512, params: null, schedule: "power" });
    expect(parseTargetQuery('{"tokens":2e12}', base)).toEqual({ ...base, tokens: 2e12 });
    expect(parseTargetQuery("", base)).toEqual(base);
  });
  it.each(["tokens", "tokens=many", "speed=3", "{", "tokens=-1"])("quotes what is wrong with %s", (text) =>
    expect(() => parseTargetQuery(text, base)).toThrow(/^target: /),
  );
  it("is 0 from itself, an octave from its double, and far from another architecture", () => {
    expect(targetDistance(base, base)).toBe(0);
    expect(targetDistance(base, { ...base, tokens: 2e12 })).toBe(1);
    expect(targetDistance(base, { ...base, architecture: "moe" })).toBe(10);
  });
});

describe("two stored targets", () => {
  // As 0.1 stored it.
  const { optimizer: _, weightDecay: __, ...old } = { ...base, baseWidth: 64 };
  it("are one run whatever an earlier version could not say, and however the batch is read", () => {
    const today = { ...base, baseWidth: 64, optimizer: "adamw", weightDecay: 0.1, batchReading: "tokens" };
    expect(isSameTarget(old, today)).toBe(true);
  });
  it.each([{ baseWidth: 128 }, { tokens: 2e12 }, { depth: 12 }])("differ by %o", (part) =>
    expect(isSameTarget(old, { ...old, ...part })).toBe(false),
  );
  it("differ by another weight decay where both say one", () => {
    expect(isSameTarget({ ...old, weightDecay: 0.1 }, { ...old, weightDecay: 0.2 })).toBe(false);
  });
});
