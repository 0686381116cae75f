import {
  bigint,
  customType,
  doublePrecision,
  index,
  integer,
  pgTable,
  primaryKey,
  serial,
  text,
  timestamp,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import { bytea } from "./columns";
import { projectId } from "./project";
import { runs } from "./run";

const int8multirange = customType<{ data: string }>({ dataType: () => "int8multirange" });

const runId = () =>
  uuid("run_id")
    .notNull()
    .references(() => runs.id, { onDelete: "cascade" });

/** Dictionary of metric names: the other tables hold the number. */
export const metrics = pgTable(
  "metrics",
  {
    id: serial("id").primaryKey(),
    projectId: projectId(),
    name: text("name").notNull(),
  },
  (t) => [unique("metrics_project_name").on(t.projectId, t.name)],
);

/**
 * Inbox: one row a batch, as it arrived (format: server/store/format/segment.ts). `id` grows in the order of arrival.
 */
export const metricSegments = pgTable(
  "metric_segments",
  {
    runId: runId(),
    id: bigint("id", { mode: "number" }).notNull().generatedAlwaysAsIdentity(),
    points: integer("points").notNull(),
    /** Set: hide what arrived before and lies after this step; then add the points. */
    rewindTo: bigint("rewind_to", { mode: "number" }),
    data: bytea("data").notNull(),
    at: timestamp("at", { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.id] })],
);

/** Permanent ledger: a batch that is sent again is recognised however late it comes. Its newest entries, a row each. */
export const ingestBatches = pgTable(
  "ingest_batches",
  {
    runId: runId(),
    writer: text("writer").notNull(),
    seq: bigint("seq", { mode: "number" }).notNull(),
    at: timestamp("at", { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.writer, t.seq] })],
);

/** The older part of the ledger: ranges of numbers, so that a writer who counts costs one row for ever. */
export const ingestLedgers = pgTable(
  "ingest_ledgers",
  { runId: runId(), writer: text("writer").notNull(), seqs: int8multirange("seqs").notNull() },
  (t) => [primaryKey({ columns: [t.runId, t.writer] })],
);

/** Steps, tokens and times of a chunk, stored once for all metrics that were logged together. */
export const metricAxes = pgTable(
  "metric_axes",
  {
    runId: runId(),
    id: bigint("id", { mode: "number" }).notNull().generatedAlwaysAsIdentity(),
    points: integer("points").notNull(),
    steps: bytea("steps").notNull(),
    tokens: bytea("tokens"),
    times: bytea("times"),
  },
  (t) => [primaryKey({ columns: [t.runId, t.id] })],
);

/**
 * Up to 4,096 points of one metric, ascending in step; chunks of one (run, metric, hidden_by) do not overlap.
 * `hidden_by` is 0 for what is visible, else the number of the rewind that hid it. Statistics: `min` and `max` over
 * finite values (null without any) at the first step that has them; `last` at `last_step`.
 */
export const metricChunks = pgTable(
  "metric_chunks",
  {
    runId: runId(),
    metricId: integer("metric_id").notNull(),
    hiddenBy: integer("hidden_by").notNull().default(0),
    firstStep: bigint("first_step", { mode: "number" }).notNull(),
    lastStep: bigint("last_step", { mode: "number" }).notNull(),
    axisId: bigint("axis_id", { mode: "number" }).notNull(),
    points: integer("points").notNull(),
    nonFinite: integer("non_finite").notNull(),
    min: doublePrecision("min"),
    minStep: bigint("min_step", { mode: "number" }),
    max: doublePrecision("max"),
    maxStep: bigint("max_step", { mode: "number" }),
    last: doublePrecision("last").notNull(),
    values: bytea("values").notNull(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.metricId, t.hiddenBy, t.firstStep] })],
);

/** What run lists read and sort by: of the compacted points. A row without points says that the name is known. */
export const metricSummaries = pgTable(
  "metric_summaries",
  {
    runId: runId(),
    metricId: integer("metric_id").notNull(),
    points: bigint("points", { mode: "number" }).notNull().default(0),
    nonFinite: bigint("non_finite", { mode: "number" }).notNull().default(0),
    last: doublePrecision("last"),
    lastStep: bigint("last_step", { mode: "number" }),
    min: doublePrecision("min"),
    minStep: bigint("min_step", { mode: "number" }),
    max: doublePrecision("max"),
    maxStep: bigint("max_step", { mode: "number" }),
  },
  (t) => [
    primaryKey({ columns: [t.runId, t.metricId] }),
    index("metric_summaries_last").on(t.metricId, t.last, t.runId),
    index("metric_summaries_min").on(t.metricId, t.min, t.runId),
    index("metric_summaries_max").on(t.metricId, t.max, t.runId),
  ],
);

/** Each time a run went back to an earlier step; `no` counts from 1 in a run. */
export const metricRewinds = pgTable(
  "metric_rewinds",
  {
    runId: runId(),
    no: integer("no").notNull(),
    step: bigint("step", { mode: "number" }).notNull(),
    at: timestamp("at", { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.no] })],
);
