import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mulberry32 } from "../fit";
import {
  leftOutLaws,
  type PublishedPoint,
  placeIn,
  publishedLaws,
  type Quantity,
  quantities,
  readPublished,
} from "./index";

const lawOf = (id: string) => publishedLaws.find((law) => law.id === id)!;
const at = (part: Partial<PublishedPoint>): PublishedPoint => ({
  ...{ tokens: null, batchSeqs: null, seqLen: null, params: null },
  ...part,
});
const value = (id: string, quantity: Quantity, part: Partial<PublishedPoint>) =>
  readPublished(lawOf(id), quantity, at(part)).value!;

describe("published laws", () => {
  it("have a source, a domain, a year and formulas, once each", () => {
    expect(new Set(publishedLaws.map((law) => law.id)).size).toBe(publishedLaws.length);
    for (const law of publishedLaws) {
      expect(law.source.url, law.id).toMatch(/^https:\/\/(arxiv\.org\/abs\/\d{4}\.\d{5}|github\.com\/.+)$/);
      expect(law.domain.words, law.id).not.toBe("");
      expect(law.read, law.id).not.toBe("");
      expect(law.year, law.id).toBeGreaterThan(2019);
      expect(
        quantities.some((q) => law.gives[q]),
        law.id,
      ).toBe(true);
      const takesParams = quantities.some((q) => law.gives[q]?.needs.some((n) => n === "params" || n === "compute"));
      if (takesParams) expect(law.params, law.id).not.toBeNull();
    }
    for (const { name, reason, source } of leftOutLaws) expect([name, reason, source]).not.toContain("");
  });

  it("agree with an independent computation at three points", () => {
    const golden = JSON.parse(readFileSync(join(import.meta.dirname, "../../tests/golden/published.json"), "utf8"));
    for (const { point, laws } of golden as { point: PublishedPoint; laws: Record<string, Record<Quantity, number>> }[])
      for (const law of publishedLaws) {
        expect(Object.keys(laws[law.id]!).sort()).toEqual(Object.keys(law.gives).sort());
        for (const quantity of Object.keys(law.gives) as Quantity[]) {
          const { value: ours } = readPublished(law, quantity, point);
          expect(Math.abs(ours! / laws[law.id]![quantity] - 1), `${law.id} ${quantity}`).toBeLessThan(1e-12);
        }
      }
  });

  it.each([
    // The paper's example: 10 trillion tokens, batch 1024 of 4,096 tokens.
    ["power-scheduler", "rate", { tokens: 1e13, batchSeqs: 1024, seqLen: 4096 }, 0.0011042255411682956, 1e-9],
    ["power-scheduler", "rate", { tokens: 2.56e11, batchSeqs: 128, seqLen: 4096 }, 0.000894881271427092, 1e-9],
    ["step-law", "rate", { params: 1e9, tokens: 1e11 }, 0.001632499402447079, 1e-9],
    ["step-law", "batchTokens", { tokens: 1e11 }, 1107714.889, 1e-8],
    ["step-law", "rate", { params: 7e9, tokens: 1.4e12 }, 0.0009165569088563072, 1e-9],
    ["deepseek", "rate", { params: 1, tokens: 1e20 / 6 }, 0.0009859981744405008, 1e-9],
    ["deepseek", "batchTokens", { params: 1, tokens: 1e17 / 6 }, 106189.81, 1e-7],
    ["kaplan", "rate", { params: 1e9 }, 0.00034810441574597596, 1e-9],
    ["kaplan", "criticalBatchTokens", { loss: 3 }, 1069114.01, 1e-8],
    ["minicpm", "batchTokens", { loss: 3 }, 1275113.198, 1e-8],
    ["porian", "batchTokens", { params: 108e6 }, 336463, 1e-5],
    ["porian-rounded", "batchTokens", { params: 108e6 }, 160 * 2048, 1e-12],
    // At N = 1e9 and D = 1e11 these differ by a factor 4.5.
    ["ling", "rate", { params: 1e9, tokens: 1e11 }, 7.7e-4, 0.01],
    ["deepseek", "rate", { params: 1e9, tokens: 1e11 }, 7.9e-4, 0.01],
    ["moonlight", "rate", { params: 1e9, tokens: 1e11 }, 8.3e-4, 0.01],
    ["olmo-ladder", "rate", { params: 1e9 }, 1.12e-3, 0.01],
    ["olmo-ladder-stepped", "rate", { params: 1e9, tokens: 1e11 }, 5.0e-4, 0.01],
    ["porian", "rate", { params: 1e9 }, 2.13e-3, 0.01],
    ["porian-rounded", "rate", { params: 1e9 }, 2.24e-3, 0.01],
    ["ling", "batchTokens", { params: 1e9, tokens: 1e11 }, 2.6e6, 0.02],
    ["power-lines", "batchTokens", { tokens: 1e11 }, 1.02e6, 0.01],
    // The worked example of its script: 64 sequences of 4,096 tokens, 2.5B tokens.
    ["marin-adamh", "rate", { tokens: 2.5e9, batchSeqs: 64, seqLen: 4096 }, 0.0063, 1e-12],
  ] as const)("%s gives its published %s at %o", (id, quantity, point, published, tolerance) => {
    expect(Math.abs(value(id, quantity, point) / published - 1)).toBeLessThan(tolerance);
  });

  it("count batches by their tokens, whatever the length of the sequences", () => {
    for (const law of publishedLaws) {
      const [few, many] = [at({ tokens: 1e11, params: 1e9, batchSeqs: 64, seqLen: 8192 }), at({})];
      Object.assign(many, { ...few, batchSeqs: 512, seqLen: 1024 });
      const rate = readPublished(law, "rate", few).value;
      expect(readPublished(law, "rate", many).value).toBe(rate);
    }
  });

  it("say what they need, and that they give nothing else", () => {
    expect(readPublished(lawOf("power-scheduler"), "rate", at({ tokens: 1e9, batchSeqs: 8 })).reason).toBe(
      "it needs batch and sequence length",
    );
    expect(readPublished(lawOf("step-law"), "rate", at({ tokens: 1e9 })).reason).toBe(
      "it needs the number of non-embedding parameters",
    );
    expect(readPublished(lawOf("ling"), "rate", at({ params: 1e9 })).reason).toBe(
      "it needs the number of active parameters and of training tokens",
    );
    expect(readPublished(lawOf("power-lines"), "rate", at({ tokens: 1e9 })).reason).toBe("it gives no learning rate");
    expect(readPublished(lawOf("kaplan"), "rate", at({ params: 1e11 })).reason).toMatch(/no positive learning rate/);
  });

  it("are finite and positive everywhere in their domain, and know it", () => {
    const random = mulberry32(7);
    const between = (low: number, high: number) => Math.exp(Math.log(low) + random() * Math.log(high / low));
    for (const law of publishedLaws) {
      const { params, tokens, compute, tokensPerParam } = law.domain;
      for (let i = 0; i < 200; i++) {
        const n = between(params?.low ?? 1e7, params?.high ?? 1e10);
        const range = compute
          ? { low: compute.low / 6 / n, high: compute.high / 6 / n }
          : tokensPerParam
            ? { low: tokensPerParam.low * n, high: tokensPerParam.high * n }
            : (tokens ?? { low: 1e9, high: 1e12 });
        const batchSeqs = Math.ceil(between(32, 1000));
        const point = {
          params: n,
          tokens: between(range.low, range.high),
          batchSeqs,
          seqLen: 2048,
          loss: between(1.5, 5),
        };
        for (const quantity of Object.keys(law.gives) as Quantity[]) {
          const { value: v } = readPublished(law, quantity, point);
          expect(v !== null && v > 0 && Number.isFinite(v), `${law.id} ${quantity}`).toBe(true);
        }
        expect(placeIn(law, point), law.id).not.toBe("outside");
        if (params) expect(placeIn(law, { ...point, params: 2 * params.high }), law.id).toBe("outside");
        if (params) expect(placeIn(law, { ...point, params: null }), law.id).not.toBe("inside");
      }
    }
    expect(placeIn(lawOf("ling"), at({ params: 1e9, tokens: 1e11 }), "dense")).toBe("outside");
  });
});
