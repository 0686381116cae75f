import { expect, it } from "vitest";
import { quickstartRuns } from "../../tests/golden/read-data";
import { normals } from "../../tests/slow/planted-laws";
import { curvesOf, type Optimum, optimumOf } from "../estimate";
import { shiftCheck } from "./shift";
import { widthSlopeCheck } from "./width-slope";

const DRAWS = 2000;
/** Sd of ln LR of one optimum about its law. */
const SCATTER = 0.12;

/** The quickstart's optima, each `ln LR` about 0: what a trunk (size, batch) has in common, and what is its own. */
function scattered(design: readonly Optimum[], share: number, normal: () => number): Optimum[] {
  const ofTrunk = new Map<string, number>();
  return design.map((o) => {
    const key = `${o.sizeKey} ${o.dims.batchSeqs}`;
    if (!ofTrunk.has(key)) ofTrunk.set(key, normal());
    const z = Math.sqrt(share) * ofTrunk.get(key)! + Math.sqrt(1 - share) * normal();
    return { ...o, estimate: { ...o.estimate!, lr: Math.exp(SCATTER * z) } };
  });
}

const all = curvesOf(quickstartRuns("quickstart-a.csv"), { loss: "held-out", seeds: "average" })
  .map((curve) => optimumOf(curve, "ew"))
  .filter((o) => o.estimate !== null);
const source = all.filter((o) => o.dims.width === 32);
const target = all.filter((o) => o.dims.width === 64);

it.each([
  [0, 0.0495],
  [0.5, 0.05],
  [0.8, 0.0485],
])("where there is no shift, and trunks have %s of the variance, one is called in %s of draws", (share, rate) => {
  const normal = normals(1 + 10 * share);
  let [shifts, slopes] = [0, 0];
  for (let draw = 0; draw < DRAWS; draw++) {
    const [from, to] = [scattered(source, share, normal), scattered(target, share, normal)];
    const shift = shiftCheck(from, to, false).evidence!;
    const { low, high } = widthSlopeCheck([...from, ...to]).evidence!;
    if (shift.pDifferent < 0.05) shifts++;
    if (low > 0 || high < 0) slopes++;
  }
  expect([shifts / DRAWS, slopes / DRAWS]).toEqual([rate, rate]);
});
