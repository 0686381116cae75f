import { buffer } from "node:stream/consumers";
import postgres from "postgres";
import { expect, inject, test } from "vitest";
import { connect } from "@/db/client";
import { migrate, migrateTo, migrationTags } from "@/db/migrate";
import { type Blob, dropBlobs, dropUnnamedBlobs, openBlob, putBlob } from "@/server/blobs";
import { product } from "./product";

const p = product();
const MOST = { bytes: 4_000_000, of: "a thing" };
const stored = () => p.alice.sql<{ blob_id: string; part: number; n: number }[]>`
  select blob_id, part, length(data)::int as n from blob_parts order by blob_id, part`;
const read = async (blob: Blob) => buffer(openBlob(p.alice, blob));
const bytes = Buffer.from(Array.from({ length: 2_600_000 }, (_, i) => i * 31 + (i >> 8)));

async function* inPieces(data: Buffer, size = 300_000) {
  for (let i = 0; i < data.length; i += size) yield data.subarray(i, i + size);
}

const put = (data: Buffer, name = (blob: Blob) => Promise.resolve(blob)) =>
  putBlob(p.alice, inPieces(data), MOST, (_ctx, blob) => name(blob));

test("bytes come back as they were, over parts of whatever pieces, also none", async () => {
  const [blob, empty] = [await put(bytes), await put(Buffer.alloc(0))];
  expect(blob.bytes).toBe(bytes.length);
  expect((await read(blob)).equals(bytes)).toBe(true);
  expect((await stored()).map((r) => r.n)).toEqual([1_200_000, 1_200_000, 200_000]);
  expect([empty.bytes, (await read(empty)).length]).toEqual([0, 0]);
  await dropBlobs(p.alice, [blob.blobId, empty.blobId]);
  expect(await stored()).toEqual([]);
  await expect(read(blob)).rejects.toThrow("replaced while it was read");
});

test("what is too large, breaks off, or is not named after all leaves nothing", async () => {
  await expect(put(Buffer.alloc(4_000_001))).rejects.toMatchObject({ code: "too_large" });
  const broken = async function* () {
    yield bytes;
    throw new Error("the connection was lost");
  };
  await expect(putBlob(p.alice, broken(), MOST, async () => {})).rejects.toThrow("the connection was lost");
  const refused = put(bytes, async () => {
    throw new Error("the lease has moved on");
  });
  await expect(refused).rejects.toThrow("the lease has moved on");
  expect(await stored()).toEqual([]);
});

test("a blob that no row names is dropped an hour after its last part", async () => {
  const blobs = [await put(bytes), await put(bytes), await put(bytes), await put(bytes)] as const;
  const [named, unnamed, underWay] = blobs.map((b) => b.blobId);
  const old = [named!, unnamed!, underWay!];
  await p.alice.sql`update blob_parts set created_at = now() - interval '61 minutes' where blob_id = any(${old})`;
  await p.alice.sql`update blob_parts set created_at = now() where blob_id = ${underWay!} and part = 2`;
  await dropUnnamedBlobs(p.alice, p.alice.sql`select ${named!}::uuid`);
  const left = new Set((await stored()).map((r) => r.blob_id));
  expect(left).toEqual(new Set([named, underWay, blobs[3].blobId]));
  await dropBlobs(p.alice, [...left]);
});

test("a checkpoint that the version before had stored is there after the upgrade", async () => {
  const owner = postgres(inject("postgresUrl"), { max: 1, onnotice: () => {} });
  const name = `etalon_blobs_${crypto.randomUUID().replaceAll("-", "")}`;
  await owner.unsafe(`create database ${name}`);
  const url = inject("postgresUrl").replace(/\/[^/]*$/, `/${name}`);
  try {
    await migrateTo(
      { url },
      (await migrationTags()).findIndex((tag) => tag.endsWith("_blobs")),
    );
    const { sql, close } = connect({ url }, { max: 1 });
    const [jobId, uploadId] = [crypto.randomUUID(), crypto.randomUUID()];
    await sql`set session_replication_role = replica`; // a job without its team, project and sweep
    await sql`insert into checkpoints (job_id, upload_id, bytes) values (${jobId}, ${uploadId}, 7)`;
    for (const [part, text] of ["check", "me"].entries())
      await sql`insert into checkpoint_parts (job_id, upload_id, part, data) values (${jobId}, ${uploadId}, ${part}, ${Buffer.from(text)})`;
    await migrate({ url });
    const [checkpoint] = await sql<Blob[]>`select blob_id as "blobId", bytes from checkpoints where job_id = ${jobId}`;
    expect((await buffer(openBlob({ sql }, checkpoint!))).toString()).toBe("checkme");
    await close();
  } finally {
    await owner.unsafe(`drop database ${name} with (force)`);
    await owner.end();
  }
});
