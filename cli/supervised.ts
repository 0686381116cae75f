import { setTimeout as sleep } from "node:timers/promises";
import type { Part } from "@/lib/protocol";
import { noteRestart } from "@/server/services/health";

/** What a program that is kept alive says of itself: its end, and why, once it has ended. */
export interface Running {
  ended: Promise<string>;
}

export interface Supervision {
  /** What is kept alive; and as a sentence names it. */
  part: Part;
  name: string;
  /** Starts it again. */
  start: () => Promise<Running>;
  /** Called once, when it has been given up. */
  giveUp: (reason: string) => void;
  say: (line: string) => void;
  /** A failed start that is no fault of the program and will pass, such as a full disk, does not count as a try. */
  waitsFor?: (e: unknown) => string | null;
  firstPauseMs?: number;
}

/** Exit code when a part of the server could not be kept alive: a service manager starts all of it anew. */
export const GAVE_UP = 70;
const TRIES = 5;
const WITHIN_MS = 10 * 60_000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Starts a program again whenever it ends, after pauses that double from one second to thirty; given up at the sixth
 * end within ten minutes. Returns what ends the watching, which leaves the program as it is.
 */
export function supervise(running: Running, { firstPauseMs = 1_000, ...what }: Supervision): () => void {
  const stopping = new AbortController();
  void watch(running, { firstPauseMs, ...what }, stopping.signal).catch((e: Error) => {
    if (!stopping.signal.aborted) what.giveUp(e.message);
  });
  return () => stopping.abort();
}

async function watch(first: Running, what: Supervision & { firstPauseMs: number }, stop: AbortSignal): Promise<void> {
  const ends: number[] = [];
  let reason = await first.ended;
  while (!stop.aborted) {
    const now = performance.now();
    ends.push(now);
    const recent = ends.filter((at) => now - at < WITHIN_MS).length;
    if (recent > TRIES) {
      what.giveUp(`${what.name} ended ${recent} times within ten minutes, last: ${reason}; given up`);
      return;
    }
    const restart = { part: what.part, endedAt: new Date().toISOString(), attempt: recent, attempts: TRIES };
    noteRestart({ ...restart, runsAgainAt: null });
    const pause = Math.min(LONGEST_PAUSE_MS, what.firstPauseMs * 2 ** (recent - 1));
    what.say(`${what.name} has ended (${reason}); started again in ${pause / 1_000} s (try ${recent} of ${TRIES})`);
    await sleep(pause, undefined, { signal: stop });
    const again = await startAgain(what, stop);
    if (typeof again === "string") reason = again;
    else {
      what.say(`${what.name} runs again`);
      noteRestart({ ...restart, runsAgainAt: new Date().toISOString() });
      reason = await again.ended;
    }
  }
}

/** The program, or why it could not be started. */
async function startAgain(what: Supervision & { firstPauseMs: number }, stop: AbortSignal): Promise<Running | string> {
  let told = false;
  for (;;) {
    try {
      return await what.start();
    } catch (e) {
      const cause = what.waitsFor?.(e);
      if (!cause || stop.aborted) return (e as Error).message;
      if (!told) what.say(`${what.name} waits: ${cause}`);
      told = true;
      await sleep(Math.min(LONGEST_PAUSE_MS, 2 * what.firstPauseMs), undefined, { signal: stop });
    }
  }
}
