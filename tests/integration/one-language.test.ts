import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { pointFilter } from "@/lib/filter";
import { createProject } from "@/server/services/project";
import { createRun, finishRun, queryRuns, runPoints } from "@/server/services/run";
import { product } from "./product";

const p = product();
const N = 24;

/** Runs whose dimensions are partly unknown. */
beforeAll(async () => {
  await createProject(p.alice, { name: "One", slug: "one" });
  for (let i = 0; i < N; i++) {
    const dimensions = {
      ...{
        peakLr: Math.fround(1e-3 * 2 ** (i % 4)),
        batchSeqs: 8 * (1 + (i % 2)),
        tokens: 1e6 * (1 + (i % 3)),
        seed: i,
      },
      ...(i % 3 !== 0 && { width: 32 * (1 + (i % 2)), seqLen: 64, architecture: i % 2 ? "dense" : "moe, 4 experts" }),
      ...(i % 4 === 1 && { paramsTotal: 1e6 + i, lossTaken: "last" as const, schedule: "wsd 10%|exp" }),
      ...(i % 5 === 1 && { paramsNonEmbedding: 5e5, optimizer: "lion", weightDecay: 0.1 * i, beta2: 0.95 }),
    };
    const tags = i % 2 ? ["odd one"] : i % 3 ? ["a", "b"] : [];
    const { id } = await createRun(p.alice, { project: "one", config: {}, dimensions, tags });
    const finalLoss = i % 7 === 3 ? Number.NaN : 2 + i / 7;
    await finishRun(p.alice, { runId: id, state: "finished", finalLoss, diverged: i % 7 === 3 } as never);
  }
}, 60_000);

const numbers = [
  "lr",
  "batchSeqs",
  "batchTokens",
  "tokens",
  "width",
  "seqLen",
  "params",
  "paramsTotal",
  "seed",
  "loss",
];
const more = ["paramsNonEmbedding", "weightDecay", "beta2", "baseDepth"];
const amount = fc.constantFrom(
  "0.001",
  "2e-3",
  "8",
  "16",
  "1M",
  "2000000",
  "32",
  "64",
  "1e6",
  "3",
  "0.1",
  "0.95",
  "500k",
);
const comparison = fc.oneof(
  fc
    .tuple(fc.constantFrom(...numbers, ...more), fc.constantFrom("=", "!=", "<", "<=", ">", ">="), amount)
    .map((parts) => parts.join(" ")),
  fc
    .tuple(fc.constantFrom(...numbers), fc.constantFrom("=", "!="), fc.array(amount, { minLength: 1, maxLength: 3 }))
    .map(([field, operator, values]) => `${field}${operator}${values.join("|")}`),
  fc
    .tuple(
      fc.constantFrom("schedule", "optimizer", "tag", "state", "lossTaken"),
      fc.constantFrom("=", "!="),
      fc.constantFrom('"wsd 10%|exp"', "lion", '"odd one"', "a", "last", "finished", "diverged"),
    )
    .filter(([f, , v]) => (f === "state" ? /ed$/.test(v) : f === "lossTaken" ? v === "last" : true))
    .map((parts) => parts.join(" ")),
  fc.constantFrom("loss = NaN", "loss != NaN", "diverged = true", "tag ~ ODD", "schedule ~ wsd", "schedule !~ wsd"),
);
const filter = fc.letrec<{ any: string; leaf: string }>((tie) => ({
  leaf: comparison,
  any: fc.oneof(
    { weight: 3, arbitrary: tie("leaf") },
    { weight: 1, arbitrary: tie("any").map((f) => `not (${f})`) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(tie("any"), fc.constantFrom(" and ", " or ", ", ", " "), tie("any"))
        .map(([left, word, right]) => `(${left})${word}(${right})`),
    },
  ),
})).any;

describe("one language for choosing runs", () => {
  test("a filter chooses the same runs in the list and among the points of a law", async () => {
    const points = await runPoints(p.alice, { project: "one" });
    expect(points).toHaveLength(N);
    await fc.assert(
      fc.asyncProperty(filter, async (text) => {
        const listed = await queryRuns(p.alice, { project: "one", filter: text, limit: 1_000 });
        const chosen = points.filter(pointFilter(text));
        expect(new Set(listed.runs.map((r) => r.id))).toEqual(new Set(chosen.map((r) => r.runId)));
      }),
      { numRuns: 400 },
    );
  });
});
