import { createHash, randomBytes } from "node:crypto";
import { eq } from "drizzle-orm";
import type postgres from "postgres";
import { type Db, SERVER_SESSION } from "@/db/client";
import { secrets } from "@/db/schema";

const NAME = "auth";

/** The secret that all servers of this database sign links with: `offered`, or a new one, where there is none yet. */
export async function sharedSecret(db: Db, offered: string | null): Promise<string> {
  await db
    .insert(secrets)
    .values({ name: NAME, value: offered ?? randomBytes(32).toString("hex") })
    .onConflictDoNothing();
  const [row] = await db.select().from(secrets).where(eq(secrets.name, NAME));
  return row!.value;
}

/**
 * What the sessions of a server are called: it tells servers with different secrets apart, and nothing else of them.
 */
export function sessionName(secret: string): string {
  return `${SERVER_SESSION} ${createHash("sha256").update(secret).digest("hex").slice(0, 8)}`;
}

/**
 * Errors: one line while a server with another secret is connected: links and sessions of one would not hold on the
 * other.
 */
export async function requireOneSecret(sql: postgres.Sql, secret: string): Promise<void> {
  const others = await sql`
    select from pg_stat_activity where datname = current_database() and application_name like ${`${SERVER_SESSION} %`}
      and application_name <> ${sessionName(secret)}`;
  if (others.length > 0)
    throw new Error("AUTH_SECRET: a server that runs on this database has another one; give all the same");
}
