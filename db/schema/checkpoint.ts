import { bigint, pgTable, uuid } from "drizzle-orm/pg-core";
import { createdAt } from "./columns";
import { jobs } from "./sweep";

/** The checkpoint that the next lease of a job continues from: where every server reaches it. */
export const checkpoints = pgTable("checkpoints", {
  jobId: uuid("job_id")
    .primaryKey()
    .references(() => jobs.id, { onDelete: "cascade" }),
  blobId: uuid("blob_id").notNull(),
  bytes: bigint("bytes", { mode: "number" }).notNull(),
  createdAt: createdAt(),
});
