import type postgres from "postgres";
import { inBackground } from "@/server/background";
import type { Context } from "@/server/context";
import { type Sending, sendToChannels } from "./channels";
import { sendMails } from "./mail";

const EVERY_MS = 1_000;
const EXPIRY_EVERY_MS = 3_600_000;
const KEPT_DAYS = 30;
const ROWS_A_STATEMENT = 5_000;

/** Sends what waits in the outbox until the returned function is called; other servers do the same beside it. */
export function startMessenger(ctx: Context, log: (line: string) => void): () => Promise<void> {
  const failure = "notifications not sent";
  let isStopped = false;
  const sending: Sending = { stopped: () => isStopped, underWay: new Set() };
  const toChannels = inBackground(() => sendToChannels(ctx, sending), { everyMs: EVERY_MS, failure, log });
  const mails = inBackground(async () => (await sendMails(ctx)) > 0, { everyMs: EVERY_MS, failure, log });
  const expiry = inBackground(async () => (await expireDeliveries(ctx.sql)) > 0, {
    everyMs: EXPIRY_EVERY_MS,
    failure: "old deliveries not deleted",
    log,
  });
  return async () => {
    isStopped = true;
    await Promise.all([toChannels.stop(), mails.stop(), expiry.stop()]);
    await Promise.all(sending.underWay);
  };
}

/** Deletes some deliveries that ended long ago; how many. Events and the entries of the bell stay. */
export async function expireDeliveries(sql: postgres.Sql): Promise<number> {
  const { count } = await sql`
    delete from deliveries where id = any(array(
      select id from deliveries where ended_at < now() - make_interval(days => ${KEPT_DAYS})
      limit ${ROWS_A_STATEMENT}))`;
  return count;
}
