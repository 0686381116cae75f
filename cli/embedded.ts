import { DiskFull, type EmbeddedPostgres, type Ending, startEmbeddedPostgres } from "@/db/embedded";
import { DISK_FULL, setOutage } from "@/server/unforeseen";
import { type Running, supervise } from "./supervised";

const NAME = "the embedded PostgreSQL";

interface Means {
  say: (line: string) => void;
  giveUp: (reason: string) => void;
  undo: (end: () => Promise<void>) => void;
}

/** Starts the embedded database and starts it again whenever it ends; while its disk is full it waits for space. */
export async function keepPostgres(dataDir: string, { say, giveUp, undo }: Means): Promise<EmbeddedPostgres> {
  let current = await startEmbeddedPostgres(dataDir);
  const { url } = current;
  if (current.adopted) say("the database of the last start is still running: taken over");
  const unwatch = supervise(watched(current.exited), {
    part: "database",
    name: NAME,
    say,
    giveUp,
    start: async () => {
      current = await startEmbeddedPostgres(dataDir);
      if (current.url !== url) {
        await current.stop();
        throw new Error("another program has taken its port");
      }
      setOutage(null);
      return watched(current.exited);
    },
    waitsFor: (e) => {
      if (!(e instanceof DiskFull)) return null;
      tell({ reason: e.message, diskFull: true });
      return "its disk is full; free space, and it goes on by itself";
    },
  });
  undo(async () => {
    unwatch();
    await current.stop();
  });
  return current;
}

function watched(exited: Promise<Ending>): Running {
  return {
    ended: exited.then((ending) => {
      tell(ending);
      return ending.reason;
    }),
  };
}

function tell({ diskFull }: Ending): void {
  setOutage(
    diskFull
      ? { code: "full", message: DISK_FULL }
      : { code: "unavailable", message: "the database has ended and is being started again; try again" },
  );
}
