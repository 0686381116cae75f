import type postgres from "postgres";
import { inBackground } from "@/server/background";
import type { Context } from "@/server/context";
import { sendToChannels } from "./channels";
import { sendMails } from "./mail";

const EVERY_MS = 1_000;
const EXPIRY_EVERY_MS = 3_600_000;
const KEPT_DAYS = 30;
const ROWS_A_STATEMENT = 5_000;

/** Sends what waits in the outbox until the returned function is called; other servers do the same beside it. */
export function startMessenger(ctx: Context, log: (line: string) => void): () => Promise<void> {
  const pass = async () => {
    const sent = await Promise.all([sendToChannels(ctx), sendMails(ctx)]);
    return sent.some((n) => n > 0);
  };
  const sending = inBackground(pass, { everyMs: EVERY_MS, failure: "notifications not sent", log });
  const expiry = inBackground(async () => (await expireDeliveries(ctx.sql)) > 0, {
    everyMs: EXPIRY_EVERY_MS,
    failure: "old deliveries not deleted",
    log,
  });
  return async () => {
    await Promise.all([sending.stop(), expiry.stop()]);
  };
}

/** Deletes some deliveries that ended long ago; how many. Events and the entries of the bell stay. */
async function expireDeliveries(sql: postgres.Sql): Promise<number> {
  const { count } = await sql`
    delete from deliveries where id = any(array(
      select id from deliveries where ended_at < now() - make_interval(days => ${KEPT_DAYS})
      limit ${ROWS_A_STATEMENT}))`;
  return count;
}
