import { connection, singleSession } from "@/db/client";
import { inBackground } from "@/server/background";

export { noteRestart, recentRestarts } from "./restarts";

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
export function watchForReadOnly(log: (line: string) => void): () => Promise<void> {
  const look = async () => {
    const left = await leaveReadOnlyServer().catch(() => false); // an outage, which others speak of
    if (left) log("the database has become read-only: its connections are made anew, to find the primary");
  };
  return inBackground(look, { everyMs: WATCH_MS, failure: "the database was not looked at", log }).stop;
}

/**
 * Gives up every session of Etalon on a server that has become read-only: after a failover the primary is elsewhere,
 * and a connection that stays open to the old one would refuse every write for ever. Resolves to whether it was so.
 */
export async function leaveReadOnlyServer(): Promise<boolean> {
  const { direct } = connection();
  const [state] = await direct<{ on: boolean }[]>`select current_setting('transaction_read_only') = 'on' as on`;
  if (!state?.on) return false;
  // From a session of its own: one that ends itself answers nothing, and its client may wait for that for ever.
  const ender = singleSession();
  try {
    await ender`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and usename = current_user
        and application_name like 'etalon%' and pid <> pg_backend_pid()`;
  } finally {
    await ender.end({ timeout: 1 });
  }
  return true;
}
