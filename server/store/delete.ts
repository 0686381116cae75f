import { getTableName } from "drizzle-orm";
import type postgres from "postgres";
import * as tables from "@/db/schema/metric";
import { lockChunks } from "./compact/compact";
import { forgetNames } from "./write/names";

/** Rows of chunks that one statement deletes: its locks and its log stay small. */
const ROWS_A_STATEMENT = 2_000;

/**
 * Deletes a run's points, those of its chunks in pieces, and with the last of them what `run` deletes, which must be
 * the run; compaction stays out of each. Late batches are refused once the run is gone.
 */
export async function deletePoints(
  sql: postgres.Sql,
  runId: string,
  run: (tx: postgres.TransactionSql) => Promise<unknown>,
): Promise<void> {
  const piece = <T>(work: (tx: postgres.TransactionSql) => Promise<T>) =>
    sql.begin(async (tx) => {
      await lockChunks(tx, runId);
      return work(tx);
    }) as Promise<T>;
  const some = (tx: postgres.TransactionSql) => tx`
    delete from metric_chunks where run_id = ${runId} and ctid = any(array(
      select ctid from metric_chunks where run_id = ${runId} limit ${ROWS_A_STATEMENT}))`;
  while ((await piece(some)).count === ROWS_A_STATEMENT);
  await piece(run);
  forgetNames([runId]);
}

/** Gives back the space of what was deleted, which would wait for autovacuum. */
export async function vacuumPoints(sql: postgres.Sql): Promise<void> {
  for (const table of Object.values(tables)) await sql.unsafe(`vacuum ${getTableName(table)}`);
}
