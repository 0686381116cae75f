import { type ChildProcess, execFile, spawn } from "node:child_process";
import { constants, setPriority } from "node:os";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { parseTrainerLine, type TrainerEvent } from "../../lib/protocol";
import { childEnvironment } from "./environment";

export interface TrainerExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
}

/** Where the trainer computes: ETALON_DEVICE is cpu (the default), cuda, or auto for CUDA where there is a device. */
export function deviceArgs(): string[] {
  return ["--device", process.env.ETALON_DEVICE || "cpu"];
}

const STDERR_TAIL_CHARACTERS = 8_000;

/** One trainer process. Events come in order; `exited` resolves after the last of them. */
export class Trainer {
  private readonly child: ChildProcess;
  private stderr = "";
  readonly exited: Promise<TrainerExit>;

  constructor(
    binary: string,
    args: string[],
    on: { event: (e: TrainerEvent) => void; stderr: (line: string) => void },
  ) {
    // A session of its own: Ctrl-C in a terminal must not reach it before the agent decides what to do.
    this.child = spawn(binary, ["train", ...args, ...deviceArgs()], {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      env: childEnvironment(process.env),
    });
    lowerPriority(this.child.pid);
    const out = createInterface({ input: this.child.stdout! });
    out.on("line", (line) => {
      const parsed = parseTrainerLine(line);
      if (parsed.ok) on.event(parsed.event);
      else on.stderr(`unreadable event, ${parsed.reason}`);
    });
    const err = createInterface({ input: this.child.stderr! });
    err.on("line", (line) => {
      this.stderr = `${this.stderr}${line}\n`.slice(-STDERR_TAIL_CHARACTERS);
      on.stderr(line);
    });
    const drained = Promise.all([once(out, "close"), once(err, "close")]);
    this.exited = new Promise((resolve, reject) => {
      this.child.on("error", reject);
      this.child.on("exit", (code, signal) => void drained.then(() => resolve({ code, signal, stderr: this.stderr })));
    });
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }
}

/** One slot's speed in tokens per second for a run config. */
export async function benchTrainer(binary: string, configPath: string, seconds: number): Promise<number> {
  const args = ["bench", "--config", configPath, "--seconds", String(seconds), ...deviceArgs()];
  const { stdout } = await promisify(execFile)(binary, args, { env: childEnvironment(process.env) });
  return (JSON.parse(stdout) as { tokens_per_s: number }).tokens_per_s;
}

/** The web server and the database go first when cores are few. */
function lowerPriority(pid: number | undefined): void {
  try {
    if (pid) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // not allowed here: train at normal priority
  }
}

const once = (emitter: { once: (name: string, done: () => void) => unknown }, name: string) =>
  new Promise<void>((resolve) => emitter.once(name, resolve));
