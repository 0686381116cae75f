/** How a pass speaks with its loop. */
export interface Pass {
  /** Whether it should come to an end: what it leaves is taken up by the next start. */
  stopped: () => boolean;
  /** Tells of a failure that leaves the rest of the pass standing. */
  complain: (e: Error) => void;
}

export interface Loop {
  /** The first pass, whether it succeeded or not. */
  first: Promise<unknown>;
  /** Resolves when the pass under way is through; there is no other then. */
  stop: () => Promise<void>;
}

interface Options {
  everyMs: number;
  /** What fails, as its lines begin. */
  failure: string;
  log: (line: string) => void;
}

/** After failures the pause doubles up to this, or stays what it is where that is longer. */
const LONGEST_PAUSE_MS = 5_000;
/**
 * What fails in the background fails anew at every pass while the database is away: so long the same line is not said
 * again.
 */
const REPEATED_MS = 60_000;

/**
 * Makes pass after pass, never two at once, until stopped: the next one `everyMs` after the last, at once where that
 * resolved to true (there is more to do), later and later while they fail.
 */
export function inBackground(pass: (means: Pass) => Promise<unknown>, { everyMs, failure, log }: Options): Loop {
  let isStopped = false;
  let wake = () => {};
  let failures = 0;
  const sayOnce = once(log);
  const complain = (e: Error) => {
    if (!isStopped) sayOnce(`${failure}: ${e.message}`);
  };
  const next = async (): Promise<boolean> => {
    try {
      const more = await pass({ stopped: () => isStopped, complain });
      failures = 0;
      return more === true;
    } catch (e) {
      failures += 1;
      complain(e as Error);
      return false;
    }
  };
  const pause = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
      const longest = Math.max(everyMs, LONGEST_PAUSE_MS);
      setTimeout(resolve, Math.min(longest, everyMs * 2 ** failures)).unref();
    });
  const first = next();
  const loop = (async () => {
    let more = await first;
    while (!isStopped) {
      if (!more) await pause();
      if (!isStopped) more = await next();
    }
  })();
  return {
    first,
    stop: () => {
      isStopped = true;
      wake();
      return loop;
    },
  };
}

function once(log: (line: string) => void): (line: string) => void {
  const said = new Map<string, number>();
  return (line) => {
    const now = performance.now();
    for (const [old, at] of said) if (now - at >= REPEATED_MS) said.delete(old);
    if (said.has(line)) return;
    said.set(line, now);
    log(line);
  };
}
