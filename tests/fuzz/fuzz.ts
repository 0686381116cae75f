import { fork } from "node:child_process";
import { join } from "node:path";
import type { Told } from "./child";

/** An input that a process is still busy with after so long will not end. */
const HANG_MS = 30_000;
/** Of JavaScript's own objects; what is beyond ends the process. */
const HEAP_MIB = 512;

export interface Fuzzed {
  tried: number;
  /** The most memory that the process had. */
  mib: number;
  /** Each with the seed that makes its input again. */
  faults: string[];
}

/** Tries a reader in a process of its own, which may hang or run out of memory. */
export function fuzz(reader: string, seconds: number, seed: number, once = false): Promise<Fuzzed> {
  const args = [reader, String(seconds), String(seed), ...(once ? ["once"] : [])];
  const execArgv = ["--import", "tsx", `--max-old-space-size=${HEAP_MIB}`];
  const child = fork(join(import.meta.dirname, "child.ts"), args, {
    execArgv,
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  const fuzzed: Fuzzed = { tried: 0, mib: 0, faults: [] };
  const say = (at: number, fault: string) => void fuzzed.faults.push(`${reader}, seed ${at}: ${fault}`);
  let current = seed;
  let stderr = "";
  const hang = setTimeout(() => {
    say(current, `it is not read after ${HANG_MS / 1_000} s`);
    child.kill("SIGKILL");
  }, HANG_MS);
  child.stderr!.on("data", (data) => {
    stderr = (stderr + data).slice(-4_000);
  });
  child.on("message", (told: Told) => {
    hang.refresh();
    if ("tried" in told) Object.assign(fuzzed, told);
    else if ("fault" in told) say(told.seed, told.fault);
    else current = told.seed;
  });
  return new Promise((done, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(hang);
      if (code !== 0 && signal !== "SIGKILL")
        say(current, `the process ended (${code ?? signal}): ${stderr.slice(-1_000)}`);
      done(fuzzed);
    });
  });
}
