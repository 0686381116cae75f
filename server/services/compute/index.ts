import { type Computation, FUNCTIONS } from "./functions";

type Arguments<C extends Computation> = Parameters<(typeof FUNCTIONS)[C]>;
type Answer<C extends Computation> = ReturnType<(typeof FUNCTIONS)[C]>;

/** Set by the start command: computes on a thread of its own. */
export interface ComputeThread {
  run: (name: Computation, args: unknown[]) => Promise<unknown>;
}

const shared = globalThis as unknown as { etalonCompute?: ComputeThread };

export function setComputeThread(thread: ComputeThread | undefined): void {
  shared.etalonCompute = thread;
}

/**
 * The function's answer, computed beside the thread that takes points, heartbeats and signals; in this thread where no
 * other was started, as in commands.
 */
export async function computed<C extends Computation>(name: C, ...args: Arguments<C>): Promise<Answer<C>> {
  if (shared.etalonCompute) return (await shared.etalonCompute.run(name, args)) as Answer<C>;
  const here = FUNCTIONS[name] as unknown as (...args: Arguments<C>) => Answer<C>;
  return here(...args);
}
