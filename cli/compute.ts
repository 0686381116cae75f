import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { EtalonError } from "@/server/errors";
import { type ComputeThread, setComputeThread } from "@/server/services/compute";
import { ROOT } from "./settings";

const WORKER = join(ROOT, "cli", "compute-thread.mjs");
/** What takes longer is given up, with the thread. */
const MOST_MS = 120_000;

interface Waiting {
  resolve: (answer: unknown) => void;
  reject: (e: Error) => void;
  timer: NodeJS.Timeout;
}

/** Starts the thread on which fits are computed. Resolves once it is in use; returns its end. */
export function startCompute(): () => Promise<void> {
  const thread = new Thread();
  setComputeThread(thread);
  return async () => {
    setComputeThread(undefined);
    await thread.end();
  };
}

class Thread implements ComputeThread {
  private worker: Worker | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;

  run(name: string, args: unknown[]): Promise<unknown> {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.giveUp(), MOST_MS);
      timer.unref();
      this.waiting.set(id, { resolve, reject, timer });
      this.alive().postMessage({ id, name, args });
    });
  }

  async end(): Promise<void> {
    await this.worker?.terminate();
  }

  private alive(): Worker {
    if (this.worker) return this.worker;
    const worker = new Worker(WORKER, { stdout: true });
    worker.unref();
    worker.on("message", ({ id, answer, error }: { id: number; answer: unknown; error?: string }) => {
      this.settle(id, (w) => (error === undefined ? w.resolve(answer) : w.reject(new Error(error))));
    });
    worker.on("error", (e) => this.fail(e));
    worker.on("exit", () => {
      if (this.worker === worker) this.worker = null;
      this.fail(new EtalonError("unavailable", "the computation was given up; try again", [], 1));
    });
    this.worker = worker;
    return worker;
  }

  private giveUp(): void {
    this.fail(new EtalonError("invalid", `the computation takes longer than ${MOST_MS / 1000} s; choose fewer runs`));
    void this.worker?.terminate();
    this.worker = null;
  }

  private fail(e: Error): void {
    for (const id of [...this.waiting.keys()]) this.settle(id, (w) => w.reject(e));
  }

  private settle(id: number, how: (w: Waiting) => void): void {
    const waiting = this.waiting.get(id);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    this.waiting.delete(id);
    how(waiting);
  }
}
