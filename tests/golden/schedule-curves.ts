import type { LossCurve } from "../../lib/schedule-law";
import { readRows } from "./read-data";

/** The published split: the first three were fitted. */
export const FITTED = ["cosine_24000", "constant_24000", "wsdcon_9"];
export const TESTED = [
  "constant_72000",
  "cosine_72000",
  "wsd_20000_24000",
  "wsdld_20000_24000",
  "wsdcon_3",
  "wsdcon_18",
];

/** One of the curves of tests/golden/data/multi-power-law. */
export function publishedCurve(size: string, name: string): LossCurve {
  const rows = readRows(`multi-power-law/${size}/${name}.csv`);
  const column = (key: string) => rows.map((row) => Number(row[key]));
  return { name, schedule: { warmupSteps: 2160, steps: column("step"), rates: column("lr") }, losses: column("loss") };
}
