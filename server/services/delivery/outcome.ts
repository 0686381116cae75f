import type { Context } from "@/server/context";

/** A delivery is given up after so many attempts. */
export const MOST_ATTEMPTS = 6;
/** Before the second attempt; each further pause is four times as long, which ends the fifth after 57 minutes. */
const FIRST_PAUSE_S = 10;
const FACTOR = 4;

export async function markSent({ sql }: Pick<Context, "sql">, ids: readonly string[]): Promise<void> {
  await sql`
    update deliveries set state = 'sent', ended_at = now(), leased_until = null, error = null
    where id = any(${[...ids]}::uuid[]) and state = 'waiting'`;
}

/** Tried again after a pause that grows, or given up. */
export async function markFailed({ sql }: Pick<Context, "sql">, ids: readonly string[], error: string): Promise<void> {
  await sql`
    update deliveries set leased_until = null, error = ${error.slice(0, 500).replaceAll("\0", " ")},
      state = case when attempts >= ${MOST_ATTEMPTS} then 'failed' else state end,
      ended_at = case when attempts >= ${MOST_ATTEMPTS} then now() end,
      due_at = now() + make_interval(secs => ${FIRST_PAUSE_S} * power(${FACTOR}::float8, attempts - 1))
    where id = any(${[...ids]}::uuid[]) and state = 'waiting'`;
}

/** Not sent, and not to be: whom it was for is gone. */
export async function markDropped({ sql }: Pick<Context, "sql">, ids: readonly string[], why: string): Promise<void> {
  await sql`
    update deliveries set state = 'dropped', ended_at = now(), leased_until = null, error = ${why}
    where id = any(${[...ids]}::uuid[]) and state = 'waiting'`;
}
