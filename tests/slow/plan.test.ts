import { describe, expect, it } from "vitest";
import { leastBudget, type Plan, planFor } from "@/lib/propose";
import { gridsFor } from "@/lib/propose/grids";
import { costTokens, sweepJobs } from "@/lib/sweep";

const target = { tokens: 2 ** 26, batchSeqs: 128, params: 1e6 };
const M = 2 ** 20;
const costOf = ({ space }: Plan) => sweepJobs(space).reduce((sum, job) => sum + costTokens(job.runs), 0);

describe("plans for a budget", () => {
  const budgets = [40 * M, 160 * M, 640 * M];
  const plans = budgets.map((budgetTokens) => planFor({ target, budgetTokens }));

  it("stay within it, with the runs and the cost of the sweep that they fill in", () => {
    for (const [i, found] of plans.entries()) {
      expect(found.length).toBeGreaterThan(0);
      for (const plan of found) {
        expect(plan.costTokens).toBeLessThanOrEqual(budgets[i]!);
        expect(plan.costTokens / costOf(plan)).toBeCloseTo(1, 12);
        expect(plan.runs).toBe(sweepJobs(plan.space).flatMap((job) => job.runs).length);
      }
    }
  });

  it("are no less precise for more of it, and put the most precise first", () => {
    const factors = plans.map(([best]) => best!.precision.factor);
    expect(factors.every((f) => f > 1 && f < 20)).toBe(true);
    expect(factors[1]).toBeLessThan(factors[0]!);
    expect(factors[2]).toBeLessThan(factors[1]!);
    for (const found of plans)
      expect(found.map((p) => p.precision.factor)).toEqual(found.map((p) => p.precision.factor).sort((p, q) => p - q));
  });

  it("are the same for the same question", () => {
    expect(planFor({ target, budgetTokens: budgets[0]! })).toEqual(plans[0]);
  });

  it("say what their intervals hold: the planted optimum about 95 times in 100", () => {
    const held = plans.flat().reduce((n, p) => n + p.precision.held / p.precision.draws, 0) / plans.flat().length;
    expect(held).toBeGreaterThan(0.85);
    for (const { precision } of plans.flat()) expect(precision.regret).toBeLessThan(0.05);
  });

  it("let the guess stand where the rates were too far off for a law, as few rates of a small budget are", () => {
    const [best, ...others] = planFor({ target, budgetTokens: 10 * M });
    expect([best!, ...others].some((p) => p.precision.lawless > 0)).toBe(true);
    // Of the others the law's interval allows for a bend, so far beyond so few runs.
    expect(best!.precision.factor).toBeLessThan(2 ** (2 * 1.96));
    expect(plans[2]!.every((p) => p.precision.lawless === 0)).toBe(true);
  });

  it("are none below the least that a grid costs", () => {
    const least = leastBudget(target);
    expect(planFor({ target, budgetTokens: least - 1 })).toEqual([]);
    const runsOf = ({ models, batches, tokens, rates, seeds }: ReturnType<typeof gridsFor>[number]["grid"]) =>
      models.length * batches.length * tokens.length * rates * seeds.length;
    // What is drawn and fitted is bounded, however large the budget.
    expect(Math.max(...gridsFor(target).map((one) => runsOf(one.grid)))).toBeLessThanOrEqual(720);
    expect(gridsFor(target).some((one) => one.costTokens <= least)).toBe(true);
  });
});
