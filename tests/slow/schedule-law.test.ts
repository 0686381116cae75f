import { describe, expect, it } from "vitest";
import { fitScheduleLaw, scoreOf } from "../../lib/schedule-law";
import { FITTED, publishedCurve, TESTED } from "../golden/schedule-curves";

const NAMES = [...FITTED, ...TESTED];

/** Every fifth choice of three of the nine curves. */
const triples = NAMES.flatMap((a, i) =>
  NAMES.slice(i + 1).flatMap((b, j) => NAMES.slice(i + j + 2).map((c) => [a, b, c])),
).filter((_, i) => i % 5 === 0);

function median(values: readonly number[]): number {
  const sorted = [...values].sort((p, q) => p - q);
  return sorted[Math.floor(sorted.length / 2)]!;
}

describe.each(["25M", "400M"])("curves of %s", (size) => {
  it.each([
    ["three: the anchor lowers the error on the rest", 0.9, (triple: string[]) => triple],
    ["six: the anchor does not raise it", 1, (triple: string[]) => NAMES.filter((name) => !triple.includes(name))],
  ] as const)("fitted to %s", (_, most, chosen) => {
    const [anchored, free]: [number[], number[]] = [[], []];
    for (const triple of triples) {
      const names = chosen(triple);
      const [fitted, tested] = [names, NAMES.filter((name) => !names.includes(name))].map((part) =>
        part.map((name) => publishedCurve(size, name)),
      ) as [ReturnType<typeof publishedCurve>[], ReturnType<typeof publishedCurve>[]];
      for (const [errors, anchor] of [
        [anchored, true],
        [free, false],
      ] as const) {
        const fit = fitScheduleLaw(fitted, { anchor });
        if ("law" in fit) errors.push(scoreOf(fit.law, tested).rmse);
      }
    }
    console.log(`${size}, ${anchored.length} choices: median RMSE ${median(anchored)} anchored, ${median(free)} free`);
    expect(median(anchored) / median(free)).toBeLessThan(most);
  });
});
