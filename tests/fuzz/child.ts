// Tries one reader for so many seconds and tells its parent of each input: `child.ts READER SECONDS SEED [once]`.
import { Fuzzer } from "./check";

const SLOW_MS = 10_000;
const MOST_MIB = 1_500;

export type Told = { seed: number } | { fault: string; seed: number } | { tried: number; mib: number };

const [reader = "", seconds = "10", first = "1", once] = process.argv.slice(2);
const tell = (told: Told) => void process.send?.(told);
const fuzzer = new Fuzzer(reader);
const end = performance.now() + 1_000 * Number(seconds);
let tried = 0;
for (let seed = Number(first); performance.now() < end && (!once || tried === 0); seed++, tried++) {
  tell({ seed });
  const begun = performance.now();
  const fault = await fuzzer.once(seed).catch((e: unknown) => `it threw: ${e instanceof Error ? e.stack : String(e)}`);
  const ms = performance.now() - begun;
  const mib = process.memoryUsage().rss / 2 ** 20;
  if (fault !== null) tell({ seed, fault });
  else if (ms > SLOW_MS) tell({ seed, fault: `it took ${Math.round(ms)} ms` });
  else if (mib > MOST_MIB) tell({ seed, fault: `the process has ${Math.round(mib)} MiB` });
  await new Promise(setImmediate);
}
tell({ tried, mib: Math.round(process.resourceUsage().maxRSS / 1024) });
process.disconnect?.();
