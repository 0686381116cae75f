import type { Call } from "../door/call";
import * as imports from "./imports";
import * as logs from "./logs";
import * as metrics from "./metrics";
import * as points from "./points";
import * as recommendations from "./recommendations";
import * as runs from "./runs";
import * as series from "./series";
import * as work from "./work";

/** Every call of Etalon's own API: whatever these files export. */
export const CALLS: Call[] = [imports, runs, metrics, logs, series, points, recommendations, work].flatMap((calls) =>
  Object.values(calls),
);
