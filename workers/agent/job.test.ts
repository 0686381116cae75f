import { describe, expect, test } from "vitest";
import { runConfigSchema } from "../../lib/protocol";
import { trunkReaches } from "./job";

const K = 1024;
const run = (kind: "wsd" | "constant", tokens: number) =>
  runConfigSchema.parse({
    model: { width: 32, depth: 2, heads: 2, hidden: 96, seqLen: 64 },
    schedule: { kind, peakLr: 0.004, warmupTokens: 0, decayFraction: 0.125 },
    batchSeqs: 8,
    tokens,
  });

describe("a trunk step belongs to a run", () => {
  test("of a constant schedule up to the run's last token", () => {
    expect(trunkReaches(run("constant", 64 * K), 64 * K)).toBe(true);
    expect(trunkReaches(run("constant", 64 * K), 64 * K + 512)).toBe(false);
  });

  test("of a WSD schedule while the step began before or at the decay's beginning", () => {
    const wsd = run("wsd", 64 * K);
    expect(trunkReaches(wsd, 56 * K)).toBe(true);
    expect(trunkReaches(wsd, 56 * K + 512)).toBe(true); // it began at 7/8 of the tokens: the last stable step
    expect(trunkReaches(wsd, 56 * K + 1024)).toBe(false);
  });
});
