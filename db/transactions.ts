import { setTimeout as sleep } from "node:timers/promises";
import type postgres from "postgres";

/** How long after an error that speaks of a closed connection its own connection may take to close. */
const CLOSES_WITHIN_MS = 1_000;

type Begin = <T>(options: string, work: (tx: postgres.TransactionSql) => T | Promise<T>) => Promise<T>;

/**
 * Makes `sql.begin` begin on `pool`, which nothing else uses: postgres.js 3.4.9 sends a `begin` down a connection that
 * has queries under way, and where it is the hundredth of them, or the socket takes no more, it fails and leaves the
 * transaction open for whatever comes after it.
 *
 * It also outlives its connection. postgres.js writes to the closed socket when a transaction's function fails of the
 * loss (its own rollback) or goes on after it; that throws outside of every promise and ends the process
 * (porsager/postgres#1208). Here a transaction whose connection is lost sends nothing more, and `begin` rejects with
 * the loss. Savepoints are left as they are: nothing uses them.
 */
export function beginOn(pool: postgres.Sql, sql: postgres.Sql): void {
  const begin = pool.begin.bind(pool) as Begin;
  const attempt: Begin = async (options, work) => {
    const transaction: { lost?: unknown } = {};
    const never = new Promise<never>(() => {});
    const run = begin(options, async (tx) => {
      try {
        const result = await settled(work(guarded(tx, transaction)));
        return transaction.lost ? never : result;
      } catch (e) {
        // `begin` rejects as soon as the socket closes, whatever is waited for here. Where it stays open, the error was
        // of another connection, and the transaction is rolled back.
        if (!transaction.lost && closes(e)) await sleep(CLOSES_WITHIN_MS, undefined, { ref: false });
        if (transaction.lost) return never;
        throw e;
      }
    });
    return run.catch((e: unknown) => {
      transaction.lost = e;
      throw e;
    });
  };
  // The first statement on a connection that was made anew is refused, unsent, with the error that ended the one
  // before.
  const outliving: Begin = async (options, work) => {
    let begun = false;
    const once: typeof work = (tx) => {
      begun = true;
      return work(tx);
    };
    try {
      return await attempt(options, once);
    } catch (e) {
      if (begun || !closes(e)) throw e;
      return attempt(options, work);
    }
  };
  sql.begin = ((...args: [Parameters<Begin>[1]] | Parameters<Begin>) =>
    args.length === 1 ? outliving("", args[0]) : outliving(...args)) as typeof sql.begin;
}

/** A transaction's function may return a list of queries, which are then sent together. */
async function settled<T>(result: T | Promise<T>): Promise<T> {
  return Array.isArray(result) ? ((await Promise.all(result)) as T) : result;
}

/** Whether an error says that a connection is gone or going. */
function closes(e: unknown): boolean {
  for (let cause = e; cause instanceof Error; cause = cause.cause) {
    const { code, severity } = cause as Error & { code?: string; severity?: string };
    if (severity === "FATAL" || severity === "PANIC") return true;
    if (code === "CONNECTION_CLOSED" || code === "ECONNRESET" || code === "EPIPE") return true;
  }
  return false;
}

/** The transaction, throwing the loss instead of sending anything after it. */
function guarded(tx: postgres.TransactionSql, transaction: { lost?: unknown }): postgres.TransactionSql {
  const whileOpen = <T>(use: () => T): T => {
    if (transaction.lost) throw transaction.lost;
    return use();
  };
  return new Proxy(tx, {
    apply: (target, self, args) => whileOpen(() => Reflect.apply(target, self, args)),
    get: (target, key) => {
      const value = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => whileOpen(() => Reflect.apply(value, target, args));
    },
  });
}
