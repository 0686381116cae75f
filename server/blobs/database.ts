import type postgres from "postgres";

type Means = { sql: postgres.Sql };

/** One statement each, so that nothing is held open while the next part is on its way. */
export async function writePart(sql: postgres.Sql, blobId: string, part: number, data: Buffer): Promise<void> {
  await sql`
    insert into blob_parts (blob_id, part, data) values (${blobId}, ${part}, decode(${data.toString("base64")}, 'base64'))`;
}

export async function readPart(sql: postgres.Sql, blobId: string, part: number): Promise<Buffer | null> {
  const [row] = await sql<{ data: Buffer }[]>`select data from blob_parts where blob_id = ${blobId} and part = ${part}`;
  return row?.data ?? null;
}

/** In the transaction that takes away the rows that named them, they go with those or not at all. */
export async function dropBlobs({ sql }: Means, blobIds: readonly string[]): Promise<void> {
  await sql`delete from blob_parts where blob_id = any(${[...blobIds]}::uuid[])`;
}

/**
 * Drops what broken uploads left: blobs that got no part for an hour and are not among the ids that `named` selects.
 */
export async function dropUnnamedBlobs({ sql }: Means, named: postgres.PendingQuery<postgres.Row[]>): Promise<void> {
  await sql`
    delete from blob_parts where blob_id in (
      select blob_id from blob_parts where blob_id not in (${named})
      group by blob_id having max(created_at) < now() - interval '1 hour')`;
}
