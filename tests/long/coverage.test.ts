import { expect, it } from "vitest";
import { COVERAGE_DESIGNS, coverageOf, decayCoverage } from "../../lib/simulate";

const DRAWS = 300;
/**
 * Binomial: at a true 95% the count of 300 lies outside 90% to 99% less than once in a thousand; at 90% below 83%. A
 * regret allows for a bend, so that it may hold always.
 */
const BOUNDS = { interval: [0.9, 0.995], regret: [0.83, 1] };
/** What allows for a bend holds a straight law more often than it says. */
const isWide = (name: string) => /(at four times the batch|far)/.test(name) && !name.startsWith("best batch");

it.each(Object.entries(COVERAGE_DESIGNS))("intervals hold what they say: %s", (_, design) => {
  for (const { name, held, draws } of coverageOf(design, DRAWS)) {
    if (name === "determined") expect(held).toBeGreaterThan(0.98 * DRAWS);
    // Of the best batch an interval is given only where losses bend surely.
    if (name === "determined" || draws < DRAWS / 3) continue;
    // It goes on straight in some designs alone.
    if (name.endsWith("if straight") && design.bend) continue;
    const [least, upper] = name.startsWith("regret") ? BOUNDS.regret : BOUNDS.interval;
    const wide = name.startsWith("optimum of a") || (isWide(name) && !name.endsWith("if straight"));
    const most = design.bend || wide ? 1 : upper;
    const share = held / draws;
    expect([name, share, share >= least! && share <= most!]).toEqual([name, share, true]);
  }
});

it("intervals of the best timescale hold what they say", () => {
  for (const [design, list] of Object.entries(decayCoverage(100)))
    for (const { name, held, draws } of list) {
      expect([design, name, draws > 90]).toEqual([design, name, true]);
      // Binomial: at a true 95% the share of 100 is below 86% less than once in a thousand.
      expect([design, name, held / draws >= 0.86]).toEqual([design, name, true]);
    }
});
