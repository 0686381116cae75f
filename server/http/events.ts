import { hiddenNow } from "../auth";
import { type Context, reaches } from "../context";
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
    let hearing: Hearing;
    const stream = new ReadableStream<Uint8Array>({
      start: async (controller) => {
        hearing = new Hearing(ctx, request, controller);
        await hearing.begin();
      },
      cancel: () => hearing.stop(),
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

/** One open page that hears of changes. */
class Hearing {
  private readonly pending = new Map<string, ReturnType<typeof pick>>();
  private cursor = 0;
  private stale = false;
  /** Who hears, with what is hidden from her as it was looked up last. */
  private reader: Pick<Context, "actor">;
  private checking = 0;
  private timers: NodeJS.Timeout[] = [];
  private unsubscribe = () => {};

  constructor(
    private readonly ctx: Context,
    private readonly request: Request,
    private readonly controller: ReadableStreamDefaultController<Uint8Array>,
  ) {
    this.reader = ctx;
  }

  async begin(): Promise<void> {
    this.unsubscribe = await subscribe(this.ctx.teamId, (event, cursor) => this.hear(event, cursor));
    this.send("retry: 1000\n\n");
    this.timers = [
      setInterval(() => this.flush(), FLUSH_MS),
      setInterval(() => this.send(": still here\n\n"), KEEP_ALIVE_MS),
      setInterval(() => this.check(), CHECK_MS),
    ];
    this.request.signal.addEventListener("abort", () => this.end());
  }

  stop(): void {
    for (const timer of this.timers) clearInterval(timer);
    this.unsubscribe();
  }

  private end(): void {
    this.stop();
    try {
      this.controller.close();
    } catch {
      // the client closed it first
    }
  }

  private send(text: string): void {
    this.controller.enqueue(new TextEncoder().encode(text));
  }

  private hear(event: TeamEvent | null, cursor: number): void {
    this.cursor = cursor;
    if (event) this.pending.set(`${event.kind} ${event.id}`, pick(event));
    else this.stale = true;
    if (!event || event.kind === "project") this.check();
  }

  private flush(): void {
    if (this.checking > 0) return;
    for (const [key, { projectId }] of this.pending)
      if (projectId && !reaches(this.reader, projectId)) this.pending.delete(key);
    if (this.pending.size === 0 && !this.stale) return;
    this.send(`id: ${this.cursor}\ndata: ${JSON.stringify(this.stale ? [] : [...this.pending.values()])}\n\n`);
    this.pending.clear();
    this.stale = false;
  }

  /** Who has signed out, or left the team, hears nothing more. An outage of the database is no reason to end. */
  private check(): void {
    this.checking++;
    void hiddenNow(this.request.headers.get("cookie") ?? "", this.ctx.teamId)
      .then(
        (hidden) => {
          if (!hidden) this.end();
          else if (this.ctx.actor.kind === "user") this.reader = { actor: { ...this.ctx.actor, hidden } };
        },
        () => {},
      )
      .finally(() => this.checking--);
  }
}

function pick({ kind, id, projectId }: TeamEvent) {
  return { kind, id, projectId };
}
