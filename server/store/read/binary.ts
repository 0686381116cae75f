import type postgres from "postgres";

/**
 * Rows of `query` with each field as Postgres sends it in binary. The driver asks for text, in which a bytea comes as
 * twice as many hexadecimal digits; a FETCH of the simple protocol from a binary cursor is the one thing answered
 * otherwise. Once a transaction: the cursor is closed with it.
 */
export async function binaryRows(
  tx: postgres.TransactionSql,
  query: postgres.PendingQuery<postgres.Row[]>,
): Promise<(Buffer | null)[][]> {
  const [, rows] = await Promise.all([
    tx`declare binary_rows binary no scroll cursor for ${query}`,
    tx.unsafe("fetch all from binary_rows").simple().raw(),
  ]);
  return rows as unknown as (Buffer | null)[][];
}
