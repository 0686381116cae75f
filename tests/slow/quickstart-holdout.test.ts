import { availableParallelism } from "node:os";
import { expect, it } from "vitest";
import { experimentOf, judge, WIDEST_FACTOR } from "../../bench/quickstart/held-out";
import { trainExperiment } from "../../bench/quickstart/train";
import { PROGRAM, withProgram } from "../../bench/trainer-program.mjs";
import { PRESETS } from "../../lib/sweep";

const K = 1024;
/** It takes 110 s of processor time on an EPYC; where the trainer is not built yet, a minute or two more. */
const LONGEST_MS = 900_000;

/** `npm run bench:quickstart` at full size: one seed, half the length, a coarser held-out curve. */
it(
  "the advice of a small sweep holds the best rate of a larger model",
  async () => {
    const { space } = PRESETS.find((p) => p.name === "quickstart-tiny")!;
    const shorter = { ...space, tokens: [128 * K, 256 * K] };
    const configs = experimentOf(shorter, 2, { rates: [0.001, 0.002, 0.004, 0.008, 0.016] });
    await withProgram(async (folder: string) => {
      const trained = await trainExperiment(configs, { program: PROGRAM, folder, slots: availableParallelism() });
      const verdict = judge(trained, "power-free");
      expect(verdict.optimum.held).toBe(true);
      expect(verdict.optimum.factor).toBeLessThan(WIDEST_FACTOR);
      expect(verdict.regret).toBeLessThan(0.005);
    });
  },
  LONGEST_MS,
);
