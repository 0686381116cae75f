import { connection } from "@/db/client";

/** A pool whose connections are all busy, or a database that keeps silent, must not keep whoever asks waiting. */
const ANSWER_MS = 3_000;
const WATCH_MS = 5_000;

/** Whether the database answers. */
export async function databaseAnswers(): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ANSWER_MS);
  });
  const answered = connection().direct`select 1`.then(
    () => true,
    () => false,
  );
  return Promise.race([answered, late]).finally(() => clearTimeout(timer));
}

/** Looks every five seconds whether the database has become read-only, until the returned function is called. */
export function watchForReadOnly(log: (line: string) => void): () => void {
  const timer = setInterval(() => {
    leaveReadOnlyServer().then(
      (n) => n > 0 && log("the database has become read-only: its connections are made anew, to find the primary"),
      () => {}, // an outage, which others speak of
    );
  }, WATCH_MS);
  return () => clearInterval(timer);
}

/**
 * Gives up every session of Etalon on a server that has become read-only: after a failover the primary is elsewhere, and a
 * connection that stays open to the old one would refuse every write for ever. Resolves to how many were given up.
 */
export async function leaveReadOnlyServer(): Promise<number> {
  const { sql } = connection();
  const ended = await sql<{ done: boolean }[]>`
    select pg_terminate_backend(pid) as done from pg_stat_activity
    where current_setting('transaction_read_only') = 'on' and datname = current_database() and usename = current_user
      and application_name like 'etalon%' and pid <> pg_backend_pid()
    union all
    select pg_terminate_backend(pg_backend_pid()) where current_setting('transaction_read_only') = 'on'`.catch(
    (e: { code?: string }) => {
      // The last one ends the session that asks.
      if (e.code === "57P01") return [{ done: true }];
      throw e;
    },
  );
  return ended.length;
}
