import { z } from "zod";

/** Buckets of one answer. */
const MOST_BUCKETS = 4_000_000;

const runIds = z.array(z.guid()).min(1).max(1_000);

/** Buckets of one metric for many runs, all on one grid. */
export const seriesRequestSchema = z
  .strictObject({
    runIds,
    metric: z.string().min(1).max(500),
    /** `time` is milliseconds since 1970, `elapsed` milliseconds since the run's first point with a time. */
    x: z.enum(["step", "tokens", "time", "elapsed"]).default("step"),
    /** Most buckets a run; with at most so many points in range each point is a bucket of its own. */
    buckets: z.number().int().min(1).max(1_000_000).default(1_000),
    /** Buckets of equal width in x, or in log x. */
    scale: z.enum(["linear", "log"]).default("linear"),
    /** Range of x; on a log scale it begins above 0. */
    from: z.number().optional(),
    to: z.number().optional(),
  })
  .refine((q) => q.runIds.length * q.buckets <= MOST_BUCKETS, {
    path: ["buckets"],
    error: `runs times buckets may be ${MOST_BUCKETS}; ask for fewer buckets, or for fewer runs at a time`,
  })
  .refine((q) => q.scale !== "log" || q.from === undefined || q.from > 0, {
    path: ["from"],
    error: "on a log scale the range begins above 0",
  });

export const exportPointsSchema = z.strictObject({
  runIds: z.array(z.guid()).min(1).max(100_000).optional(),
  project: z.string().optional(),
  filter: z.string().max(4_000).optional(),
  format: z.enum(["csv", "parquet"]).default("csv"),
});
