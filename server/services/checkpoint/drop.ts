import type { Context } from "@/server/context";

/** Forgets the checkpoints of jobs that have ended, and what broken uploads left. Returns how many jobs' were forgotten. */
export async function dropEndedCheckpoints({ sql }: Pick<Context, "sql">): Promise<number> {
  const dropped = await sql`
    delete from checkpoints c using jobs j where j.id = c.job_id and j.state not in ('queued', 'running')`;
  await sql`
    delete from checkpoint_parts p using jobs j
    where j.id = p.job_id and not exists (select from checkpoints c where c.upload_id = p.upload_id)
      and (j.state not in ('queued', 'running') or p.created_at < now() - interval '1 hour')`;
  return dropped.count;
}
