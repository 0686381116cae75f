import { customType, timestamp } from "drizzle-orm/pg-core";

export const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });

/** A moment that is always known: now, unless it is said. */
const moment = (name: string) => timestamp(name, { withTimezone: true }).notNull().defaultNow();

export const createdAt = () => moment("created_at");
export const updatedAt = () => moment("updated_at");
