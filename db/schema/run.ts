import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import { createdAt, updatedAt } from "./columns";
import { exactJson } from "./exact-json";
import { projectId } from "./project";
import { jobs, sweeps } from "./sweep";
import { teamId } from "./team";

export const RUN_STATES = ["queued", "running", "finished", "failed", "canceled", "crashed"] as const;
export type RunState = (typeof RUN_STATES)[number];

/**
 * One training run. The dimension columns repeat what the config says so that tables and curves need no JSON access;
 * `config` is what was asked for, never rounded. A diverged run is a finished run whose result is divergence.
 */
export const runs = pgTable(
  "runs",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    projectId: projectId(),
    sweepId: uuid("sweep_id").references(() => sweeps.id, { onDelete: "set null" }),
    jobId: uuid("job_id").references(() => jobs.id, { onDelete: "set null" }),
    /** Chosen by the client so that a restarted program resumes the same run. */
    externalId: text("external_id"),
    name: text("name").notNull(),
    tags: text("tags").array().notNull().default([]),
    /** What people write about the run. */
    notes: text("notes").notNull().default(""),
    state: text("state", { enum: RUN_STATES }).notNull().default("queued"),
    diverged: boolean("diverged").notNull().default(false),
    config: exactJson("config").notNull(),
    source: text("source").notNull().default("trainer"),

    width: bigint("width", { mode: "number" }),
    depth: bigint("depth", { mode: "number" }),
    paramsTotal: doublePrecision("params_total"),
    paramsNonEmbedding: doublePrecision("params_non_embedding"),
    paramsActive: doublePrecision("params_active"),
    batchSeqs: bigint("batch_seqs", { mode: "number" }),
    seqLen: bigint("seq_len", { mode: "number" }),
    tokens: doublePrecision("tokens"),
    peakLr: doublePrecision("peak_lr"),
    schedule: text("schedule"),
    architecture: text("architecture"),
    parametrization: text("parametrization"),
    scheduleShape: text("schedule_shape"),
    warmupTokens: doublePrecision("warmup_tokens"),
    data: text("data"),
    optimizer: text("optimizer"),
    weightDecay: doublePrecision("weight_decay"),
    weightDecayConvention: text("weight_decay_convention"),
    beta2: doublePrecision("beta2"),
    baseWidth: bigint("base_width", { mode: "number" }),
    baseDepth: bigint("base_depth", { mode: "number" }),
    recipe: text("recipe"),
    seed: bigint("seed", { mode: "number" }),

    finalLoss: doublePrecision("final_loss"),
    trainTailLoss: doublePrecision("train_tail_loss"),
    /**
     * Dimensions and results that the run's own program reported, by column; they stand beside what a mapping derives
     * from the config, and win over it.
     */
    reported: exactJson("reported").notNull().default({}),
    /** Which metric the final loss is a value of, and how it was taken of it (`lossTakings` of lib/estimate). */
    lossMetric: text("loss_metric"),
    lossTaken: text("loss_taken"),
    /** First quartile of the run's own training loss: a final loss above it at a high rate is divergence. */
    trainLossQuartile: doublePrecision("train_loss_quartile"),
    lastStep: bigint("last_step", { mode: "number" }),
    /** Earliest time of any of the run's compacted points, ms since 1970: where elapsed time begins. */
    firstTime: doublePrecision("first_time"),
    lastTokens: doublePrecision("last_tokens"),
    lastLoss: doublePrecision("last_loss"),
    wallSeconds: doublePrecision("wall_seconds"),
    provenance: exactJson("provenance"),
    error: text("error"),
    createdAt: createdAt(),
    startedAt: timestamp("started_at", { withTimezone: true }),
    finishedAt: timestamp("finished_at", { withTimezone: true }),
    /** Newest sign of life: points or a heartbeat. */
    lastSeenAt: timestamp("last_seen_at", { withTimezone: true }),
    /** When the newest of the compacted points came. */
    lastPointsAt: timestamp("last_points_at", { withTimezone: true }),
    /** False until the points of an ended run have been put into full chunks. */
    sealed: boolean("sealed").notNull().default(false),
    updatedAt: updatedAt(),
  },
  (t) => [
    index("runs_project").on(t.projectId, t.createdAt),
    index("runs_sweep").on(t.sweepId),
    index("runs_job").on(t.jobId),
    index("runs_follow")
      .on(sql`(config ->> 'etalon_recommendation')`)
      .where(sql`config ->> 'etalon_recommendation' is not null`),
    unique("runs_external_id").on(t.projectId, t.externalId),
    index("runs_open").on(t.id).where(sql`${t.source} = 'api' and ${t.state} = 'running'`),
    index("runs_ended").on(t.projectId, t.finishedAt),
    index("runs_running").on(t.projectId).where(sql`${t.state} = 'running'`),
    index("runs_to_seal").on(t.finishedAt).where(sql`not ${t.sealed} and ${t.finishedAt} is not null`),
  ],
);

export const runLogs = pgTable(
  "run_logs",
  {
    runId: uuid("run_id")
      .notNull()
      .references(() => runs.id, { onDelete: "cascade" }),
    line: bigint("line", { mode: "number" }).notNull(),
    text: text("text").notNull(),
    time: timestamp("time", { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.line] })],
);

/** Runs that somebody chose, so that an address can name any number of them. The same choice has the same row. */
export const runSelections = pgTable(
  "run_selections",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    projectId: projectId(),
    runIds: uuid("run_ids").array().notNull(),
    /** SHA-256 of the sorted ids. */
    digest: text("digest").notNull(),
    createdAt: createdAt(),
  },
  (t) => [unique("run_selections_digest").on(t.projectId, t.digest)],
);
