import { boolean, integer, pgTable, primaryKey, text, timestamp, uuid } from "drizzle-orm/pg-core";
import { createdAt } from "./columns";

/** Auth.js tables, in the shape that its Drizzle adapter expects. */
export const users = pgTable("users", {
  id: text("id")
    .primaryKey()
    .$defaultFn(() => crypto.randomUUID()),
  name: text("name"),
  email: text("email").unique(),
  emailVerified: timestamp("email_verified", { withTimezone: true }),
  image: text("image"),
  /** In which pages write times to her, by its IANA name. */
  timeZone: text("time_zone").notNull().default("UTC"),
  createdAt: createdAt(),
});

/** Who made a row; null once that user is gone, and for what programs and the server make. */
export const createdBy = () => text("created_by").references(() => users.id, { onDelete: "set null" });

export const accounts = pgTable(
  "accounts",
  {
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    type: text("type").notNull(),
    provider: text("provider").notNull(),
    providerAccountId: text("provider_account_id").notNull(),
    refresh_token: text("refresh_token"),
    access_token: text("access_token"),
    expires_at: integer("expires_at"),
    token_type: text("token_type"),
    scope: text("scope"),
    id_token: text("id_token"),
    session_state: text("session_state"),
  },
  (t) => [primaryKey({ columns: [t.provider, t.providerAccountId] })],
);

export const sessions = pgTable("sessions", {
  sessionToken: text("session_token").primaryKey(),
  userId: text("user_id")
    .notNull()
    .references(() => users.id, { onDelete: "cascade" }),
  expires: timestamp("expires", { withTimezone: true }).notNull(),
  /** What it is called beyond the cookie that holds its token. */
  id: uuid("id").notNull().unique().defaultRandom(),
  createdAt: createdAt(),
  /** To the minute. */
  lastUsedAt: timestamp("last_used_at", { withTimezone: true }),
  /** As its browser called itself when it was used last. */
  userAgent: text("user_agent"),
  /** Who vouched for her when it began: a provider of single sign-on, or `link`. */
  provider: text("provider").notNull().default("link"),
});

/** One row per unused sign-in link; the token is stored hashed and deleted when it is used. */
export const verificationTokens = pgTable(
  "verification_tokens",
  {
    identifier: text("identifier").notNull(),
    token: text("token").notNull(),
    expires: timestamp("expires", { withTimezone: true }).notNull(),
    /** Only a mail to the address holds it, so that whoever uses it has the address. */
    mailed: boolean("mailed").notNull().default(false),
  },
  (t) => [primaryKey({ columns: [t.identifier, t.token] })],
);

/** What every server of this database must share: `auth` signs links where AUTH_SECRET is not set. */
export const secrets = pgTable("secrets", {
  name: text("name").primaryKey(),
  value: text("value").notNull(),
});
