// The baseline of bench:ingest and bench:read: the same HTTP path and parsing, a row a point in Postgres.
import { createServer } from "node:http";
import { connect } from "@/db/client";
import { LIMITS } from "@/lib/protocol";
import { type Answer, answerOf, refusal } from "@/server/http/door/answer";
import { readBytes, unpacked } from "@/server/http/door/body";
import { keyContext } from "@/server/http/door/key";
import { metricsBody } from "@/server/http/native/metrics-body";
import type { ColumnarBatch } from "@/server/services/metric";

const { sql } = connect({ url: process.env.DATABASE_URL ?? "" });
await sql`
  create table if not exists bench_points (
    run_id uuid not null, metric text not null, step bigint not null, value float8 not null, tokens float8, time float8,
    primary key (run_id, metric, step))`;

async function insert(runId: string, { series }: ColumnarBatch): Promise<void> {
  const rows = series.flatMap((s) => Array.from(s.steps, (step, i) => ({ s, i, step })));
  const column = (of: (s: (typeof series)[number], i: number) => number | null | undefined) =>
    rows.map(({ s, i }) => of(s, i) ?? null);
  await sql`
    insert into bench_points (run_id, metric, step, value, tokens, time)
    select ${runId}::uuid, * from unnest(
      ${rows.map((r) => r.s.metric)}::text[], ${rows.map((r) => r.step)}::bigint[], ${column((s, i) => s.values[i])}::float8[],
      ${column((s, i) => s.tokens?.[i])}::float8[], ${column((s, i) => s.times?.[i])}::float8[])
    on conflict (run_id, metric, step) do update
    set value = excluded.value, tokens = excluded.tokens, time = excluded.time`;
}

const server = createServer(async (req, res) => {
  const answer = async (): Promise<Answer> => {
    await keyContext({ headers: req.headers, from: null }, "ingest");
    const bytes = await unpacked(await readBytes(req, LIMITS.bodyBytes), null);
    const batch = metricsBody(bytes, req.headers["content-type"] ?? null, new URLSearchParams());
    await insert(req.url!.split("/")[4]!, batch);
    return answerOf({ accepted: batch.series.length });
  };
  const { status, headers, body } = await answer().catch((e) => refusal(e));
  res.writeHead(status, headers).end(body);
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  console.log(`ready: http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`);
});
