import { isStillIn } from "../auth";
import { subscribe, type TeamEvent } from "../event";
import { pageRoute } from "./page-route";

/** Bundles what happens within this time into one message. */
const FLUSH_MS = 400;
const KEEP_ALIVE_MS = 15_000;
const CHECK_MS = 60_000;

/**
 * Server-sent events of one team: `data: [{kind, id, projectId}, ...]`, `id` a growing cursor. Pages then fetch what
 * they show of it, so a lost message costs nothing but time. An empty list: events may have been missed, fetch
 * everything.
 */
export const events = pageRoute({
  handle: async ({ ctx, request }) => {
    let close = () => {};
    const stream = new ReadableStream<Uint8Array>({
      start: async (controller) => {
        const encoder = new TextEncoder();
        const send = (text: string) => controller.enqueue(encoder.encode(text));
        const pending = new Map<string, ReturnType<typeof pick>>();
        let cursor = 0;
        let stale = false;
        const unsubscribe = await subscribe(ctx.teamId, (event, at) => {
          cursor = at;
          if (event) pending.set(`${event.kind} ${event.id}`, pick(event));
          else stale = true;
        });
        send("retry: 1000\n\n");
        const flush = setInterval(() => {
          if (pending.size === 0 && !stale) return;
          send(`id: ${cursor}\ndata: ${JSON.stringify(stale ? [] : [...pending.values()])}\n\n`);
          pending.clear();
          stale = false;
        }, FLUSH_MS);
        const keepAlive = setInterval(() => send(": still here\n\n"), KEEP_ALIVE_MS);
        const end = () => {
          close();
          try {
            controller.close();
          } catch {
            // the client closed it first
          }
        };
        // Who has signed out, or left the team, hears nothing more. An outage of the database is no reason to end.
        const check = setInterval(() => {
          void isStillIn(request.headers.get("cookie") ?? "", ctx.teamId).then(
            (still) => still || end(),
            () => {},
          );
        }, CHECK_MS);
        close = () => {
          clearInterval(flush);
          clearInterval(keepAlive);
          clearInterval(check);
          unsubscribe();
        };
        request.signal.addEventListener("abort", end);
      },
      cancel: () => close(),
    });
    return new Response(stream, {
      headers: {
        "content-type": "text/event-stream",
        "cache-control": "no-cache, no-transform",
        "x-accel-buffering": "no",
      },
    });
  },
});

function pick({ kind, id, projectId }: TeamEvent) {
  return { kind, id, projectId };
}
