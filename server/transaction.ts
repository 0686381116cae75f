import type postgres from "postgres";
import type { Context } from "./context";

/** The verbs' context within a transaction: Drizzle and SQL alike write into it. */
export interface TransactionContext extends Context {
  readonly inTransaction: true;
}

/**
 * Runs `work` in one transaction, which its context's `db` and `sql` share; where one is open already, in that. What it
 * writes, audits and announces is there once all of it is.
 */
export function inTransaction<T>(ctx: Context, work: (ctx: TransactionContext) => Promise<T>): Promise<T> {
  if (isInside(ctx)) return work(ctx);
  return ctx.db.transaction((tx) => {
    const { client } = tx._.session as unknown as { client: postgres.Sql };
    const inside: TransactionContext = { ...ctx, db: tx, sql: client, inTransaction: true };
    return work(inside);
  });
}

function isInside(ctx: Context): ctx is TransactionContext {
  return "inTransaction" in ctx;
}
