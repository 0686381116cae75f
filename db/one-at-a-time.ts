import type postgres from "postgres";

/**
 * Runs `work` while no other server of this database runs anything of the same name; waits for its turn as long as that
 * takes.
 */
export async function oneAtATime<T>(sql: postgres.Sql, name: string, work: () => Promise<T>): Promise<T> {
  const done = await sql.begin(async (tx) => {
    await tx`select set_config('lock_timeout', '0', true), set_config('statement_timeout', '0', true)`;
    await tx`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`;
    return { value: await work() };
  });
  return done.value as T;
}
