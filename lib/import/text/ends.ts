import type { HistoryState } from "../history";

interface End {
  state: HistoryState;
  error: string | null;
}

/** Killed from outside: by a scheduler, a person, the system. */
const KILLED =
  /KeyboardInterrupt|slurmstepd: error: .*(CANCELLED|TIME LIMIT|PREEMPT)|^Killed$|\bSIG(TERM|KILL|INT)\b|DUE TO TIME LIMIT|oom-kill|Terminated$/;
/** Failed by itself. */
const FAILED =
  /^(Traceback \(most recent call last\)|Segmentation fault|Fatal Python error)|^\s*[\w.]*(Error|Exception)(: |$)|CUDA out of memory|ChildFailedError|RESOURCE_EXHAUSTED: /;

/** What a line says of how a run ended before its time; null for any other. */
export function endOf(line: string): End | null {
  if (!/[EKFDSTC]|rror|illed|oom/.test(line)) return null;
  const text = line.trim();
  if (KILLED.test(text)) return { state: "crashed", error: text.slice(0, 500) };
  if (!FAILED.test(text)) return null;
  return { state: "failed", error: text.startsWith("Traceback") ? null : text.slice(0, 500) };
}
