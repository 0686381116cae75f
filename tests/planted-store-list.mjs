// The bugs that `planted-store.mjs` plants.

/** What is broken, where, how, and which test of which file must fail. */
export const BUGS = [
  {
    name: "overlap: a merge does not look before the first chunk",
    file: "server/store/compact/chunks.ts",
    from: "order by p.first_step desc limit 1), t.step),",
    to: "order by p.first_step desc limit 1), null),",
    test: ["chunk-overlap", "points before the first"],
  },
  {
    name: "overlap: the database takes any chunk",
    file: "db/migrations/0014_apart-by-statement.sql",
    from: "WHERE before.last_step >= f.first_step",
    to: "WHERE false",
    test: ["chunk-overlap", "the database takes no chunk"],
  },
  {
    name: "overlap: a repair keeps the value written first",
    file: "server/store/compact/repair.ts",
    from: "a.axis_id - b.axis_id",
    to: "b.axis_id - a.axis_id",
    test: ["chunk-overlap", "a store with doubled points is repaired"],
  },
  {
    name: "ledger: folding forgets what was folded before",
    file: "server/store/compact/compactor.ts",
    from: "set seqs = l.seqs + excluded.seqs",
    to: "set seqs = excluded.seqs",
    test: ["metric-store", "a batch is recognised after its number was folded"],
  },
  {
    name: "ledger: a folded batch is not looked up",
    file: "server/store/write/writer.ts",
    from: "l.writer = i.writer and l.seqs @> i.seq",
    to: "l.writer = i.writer and false",
    test: ["metric-store", "whatever comes in whatever order"],
  },
  {
    name: "rewind: the step itself is hidden too",
    file: "server/store/compact/compact.ts",
    from: "and hidden_by = 0 and first_step > ${step}`",
    to: "and hidden_by = 0 and first_step >= ${step}`",
    test: ["metric-store", "whatever comes in whatever order"],
  },
  {
    name: "summary: points of a metric that has none left stay counted",
    file: "server/store/compact/summaries.ts",
    from: "set points = coalesce(c.points, 0)",
    to: "set points = coalesce(c.points, s.points)",
    test: ["metric-store", "whatever comes in whatever order"],
  },
  {
    name: "clock: a lease is judged by another clock than gave it",
    file: "server/services/job/expire.ts",
    from: "sql`${jobs.leaseExpiresAt} < now()`",
    to: "sql`${jobs.leaseExpiresAt} < ${ctx.now().toISOString()}`",
    test: ["job-states", ""],
  },
  {
    name: "clock: silence counts from before the server could hear",
    file: "server/services/run/silent.ts",
    from: "        to_timestamp(${heardSinceMs / 1_000}::float8)",
    to: "        to_timestamp(0::float8 * ${heardSinceMs})",
    test: ["silent-runs", "after a start or an outage"],
  },
  {
    name: "coalesce: a mapping erases what was reported",
    file: "server/services/mapping/apply.ts",
    from: 'coalesce(${of("r.reported")}, ${of("d.derived")})',
    to: 'coalesce(${of("d.derived")}, null)',
    test: ["reported-values", "what a program reported stays"],
  },
  {
    name: "end: what is derived of the points is left out",
    file: "server/services/run/finish.ts",
    from: "const trainLossQuartile = await quartile(ctx, runId);",
    to: "const trainLossQuartile = null;",
    test: ["reported-values", "a failed read leaves the run open"],
  },
  {
    name: "body: values are not counted",
    file: "lib/json/scan.ts",
    from: "case 44: // ,\n        if (++values > most.values)",
    to: "case 44: // ,\n        if (++values < 0)",
    test: ["hostile-bodies", "a hostile body"],
  },
];
