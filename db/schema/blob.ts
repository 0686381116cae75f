import { customType, integer, pgTable, primaryKey, timestamp, uuid } from "drizzle-orm/pg-core";

const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });

/** Bytes in parts, in the order of `part`. Whose they are says the row that names the blob; what no row names is dropped. */
export const blobParts = pgTable(
  "blob_parts",
  {
    blobId: uuid("blob_id").notNull(),
    part: integer("part").notNull(),
    data: bytea("data").notNull(),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.blobId, t.part] })],
);
