import { sql } from "drizzle-orm";
import { connection, type Db } from "@/db/client";
import type { LiveEvent } from "@/lib/protocol";

export interface TeamEvent extends LiveEvent {
  teamId: string;
}

const CHANNEL = "etalon_events";

/** Where an event comes from. */
type Source = { db: Db; teamId: string };

/** Tells every server process of this database; inside a transaction it is sent on commit. */
export async function announce({ db, teamId }: Source, events: LiveEvent[]): Promise<void> {
  await send(
    db,
    events.map((e) => ({ teamId, ...e })),
  );
}

async function send(db: Db, events: TeamEvent[]): Promise<void> {
  if (events.length === 0) return;
  await db.execute(
    sql`select pg_notify(${CHANNEL}, e.value) from json_array_elements_text(${JSON.stringify(
      events.map((e) => JSON.stringify(e)),
    )}::json) as e`,
  );
}

const SOON_MS = 250;
const soon = new Map<string, TeamEvent>();

/**
 * Tells of something that happens many times a second: once per quarter of a second and thing, outside any transaction.
 * A notification lost with the process is no loss: pages fetch anew when they reconnect.
 */
export function announceSoon({ db, teamId }: Source, event: LiveEvent): void {
  const waiting = soon.size > 0;
  soon.set(`${event.kind} ${event.id}`, { teamId, ...event });
  if (waiting) return;
  setTimeout(() => {
    const events = [...soon.values()];
    soon.clear();
    send(db, events).catch(() => {});
  }, SOON_MS).unref();
}

/** `null`: some may have been missed, so everything that is shown may be stale. */
type Listener = (event: TeamEvent | null, cursor: number) => void;

interface Hub {
  cursor: number;
  listeners: Set<Listener>;
  ready: Promise<unknown>;
}

// One LISTEN connection per process, shared by its bundles.
const shared = globalThis as unknown as { etalonHub?: Hub };

/** Opens the session that hears of changes. It stays open while the server runs, and shows others that it does. */
export async function listen(): Promise<void> {
  shared.etalonHub ??= open();
  await shared.etalonHub.ready;
}

/** Calls `listener` for every event of `teamId`, and after every gap, until the returned function is called. */
export async function subscribe(teamId: string, listener: Listener): Promise<() => void> {
  shared.etalonHub ??= open();
  const hub = shared.etalonHub;
  await hub.ready;
  const filtered: Listener = (event, cursor) => {
    if (event === null || event.teamId === teamId) listener(event, cursor);
  };
  hub.listeners.add(filtered);
  return () => hub.listeners.delete(filtered);
}

function open(): Hub {
  const hub: Hub = { cursor: Date.now() * 1000, listeners: new Set(), ready: Promise.resolve() };
  const tell = (event: TeamEvent | null) => {
    hub.cursor += 1;
    for (const listener of hub.listeners) listener(event, hub.cursor);
  };
  // The session is made anew after every loss; what was announced meanwhile is gone.
  hub.ready = connection().direct.listen(
    CHANNEL,
    (payload) => tell(JSON.parse(payload) as TeamEvent),
    () => tell(null),
  );
  hub.ready.catch(() => {
    shared.etalonHub = undefined;
  });
  return hub;
}
