import { bigint, customType, index, integer, pgTable, primaryKey, timestamp, uuid } from "drizzle-orm/pg-core";
import { jobs } from "./sweep";

const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });

/** The checkpoint that the next lease of a job continues from: where every server reaches it. */
export const checkpoints = pgTable("checkpoints", {
  jobId: uuid("job_id")
    .primaryKey()
    .references(() => jobs.id, { onDelete: "cascade" }),
  /** Of the parts that belong to it; those of an upload under way have another. */
  uploadId: uuid("upload_id").notNull(),
  bytes: bigint("bytes", { mode: "number" }).notNull(),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
});

export const checkpointParts = pgTable(
  "checkpoint_parts",
  {
    jobId: uuid("job_id")
      .notNull()
      .references(() => jobs.id, { onDelete: "cascade" }),
    uploadId: uuid("upload_id").notNull(),
    part: integer("part").notNull(),
    data: bytea("data").notNull(),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.uploadId, t.part] }), index("checkpoint_parts_job").on(t.jobId)],
);
