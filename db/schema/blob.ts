import { integer, pgTable, primaryKey, uuid } from "drizzle-orm/pg-core";
import { bytea, createdAt } from "./columns";

/**
 * Bytes in parts, in the order of `part`. Whose they are says the row that names the blob; what no row names is
 * dropped.
 */
export const blobParts = pgTable(
  "blob_parts",
  {
    blobId: uuid("blob_id").notNull(),
    part: integer("part").notNull(),
    data: bytea("data").notNull(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.blobId, t.part] })],
);
