import { subscribe } from "../services/event";
import { endpoint } from "./endpoint";

/** Bundles what happens within this time into one message. */
const FLUSH_MS = 400;
const KEEP_ALIVE_MS = 15_000;

/**
 * Server-sent events of one team: `data: [{kind, id, projectId}, ...]`, `id` a growing cursor. `[]` says that anything
 * may have happened. Pages then fetch what they show of it, so a lost message costs nothing but time.
 */
export const events = endpoint({
  access: "session",
  handle: async ({ ctx, request }) => {
    let close = () => {};
    const stream = new ReadableStream<Uint8Array>({
      start: async (controller) => {
        const encoder = new TextEncoder();
        const send = (text: string) => controller.enqueue(encoder.encode(text));
        const pending = new Map<string, { kind: string; id: string; projectId: string | null }>();
        let cursor = 0;
        const unsubscribe = await subscribe(ctx.teamId, (event, at) => {
          cursor = at;
          if (event === null) return send(`id: ${at}\ndata: []\n\n`);
          const { kind, id, projectId } = event;
          pending.set(`${kind} ${id}`, { kind, id, projectId });
        });
        send("retry: 1000\n\n");
        const flush = setInterval(() => {
          if (pending.size === 0) return;
          send(`id: ${cursor}\ndata: ${JSON.stringify([...pending.values()])}\n\n`);
          pending.clear();
        }, FLUSH_MS);
        const keepAlive = setInterval(() => send(": still here\n\n"), KEEP_ALIVE_MS);
        close = () => {
          clearInterval(flush);
          clearInterval(keepAlive);
          unsubscribe();
        };
        request.signal.addEventListener("abort", () => {
          close();
          try {
            controller.close();
          } catch {
            // the client closed it first
          }
        });
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
