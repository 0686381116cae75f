import { type ChildProcess, spawn } from "node:child_process";
import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { alive, gone } from "@/os/process";
import type { Context } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { createApiKey, verifyApiKey } from "@/server/services/api-key";
import { asEtalonError } from "@/server/unforeseen";
import { childEnvironment } from "@/workers/agent";
import { localUrl, ROOT, type Settings } from "./settings";
import { type Running, supervise } from "./supervised";

interface Note {
  pid: number;
  url: string;
}

const STOP_MS = 7_000;
const WATCH_MS = 500;
/** An end of the agent that somebody asked for: it is not started again. */
const IN_ORDER = "in order";

/**
 * The one worker agent that belongs to this server. One that outlived a killed server is taken over; one that dies is
 * started again.
 */
export class LocalWorker {
  private child: ChildProcess | null = null;
  private pid: number | null = null;
  private unwatch = () => {};
  private stopped = false;

  constructor(
    private readonly settings: Settings,
    private readonly means: { say: (line: string) => void; giveUp: (reason: string) => void },
  ) {}

  async start(ctx: Context): Promise<void> {
    const running = (await this.adopted()) ?? (await this.launch(ctx));
    const name = `the local worker, whose log is ${this.logPath()},`;
    this.unwatch = supervise(this.unlessInOrder(running), {
      ...this.means,
      part: "worker",
      name,
      start: async () => this.unlessInOrder(await this.launch(ctx)),
      waitsFor: (e) => asEtalonError(e)?.message ?? null,
    });
  }

  /** The agent of the last start, if it works for this address; another is asked to end. */
  private async adopted(): Promise<Running | null> {
    const note = JSON.parse(await readFile(this.notePath(), "utf8").catch(() => "null")) as Note | null;
    if (!note || !(await isAgent(note.pid))) return null;
    if (note.url !== localUrl(this.settings)) {
      process.kill(note.pid, "SIGTERM");
      return null;
    }
    this.pid = note.pid;
    this.means.say(`the worker of the last start is still running (process ${note.pid})`);
    return { ended: gone(note.pid, WATCH_MS).then(() => "killed") };
  }

  private async launch(ctx: Context): Promise<Running> {
    const { dataDir } = this.settings;
    const url = localUrl(this.settings);
    const key = await this.workKey(ctx);
    const log = await open(this.logPath(), "a", 0o600);
    const program = join(ROOT, "bin", "etalon.mjs");
    const args = [program, "worker", "--server", url, "--name", "local", "--parent", String(process.pid)];
    // Its own session: Ctrl-C reaches only this process, which ends the worker in order.
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: { ...childEnvironment(process.env), ETALON_API_KEY: key, ETALON_DATA_DIR: dataDir },
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
    });
    const ended = new Promise<string>((resolve) => {
      child.once("error", (e) => resolve(e.message));
      child.once("exit", (code, signal) => resolve(code === 0 ? IN_ORDER : String(signal ?? `exit code ${code}`)));
    });
    await log.close();
    if (this.stopped) child.kill("SIGTERM");
    this.child = child;
    this.pid = child.pid ?? null;
    await writeFile(this.notePath(), JSON.stringify({ pid: this.pid, url }), { mode: 0o600 });
    return { ended };
  }

  /** A worker that was asked to end stays ended. */
  private unlessInOrder({ ended }: Running): Running {
    return {
      ended: ended.then((reason) => {
        if (reason !== IN_ORDER) return reason;
        this.means.say("the local worker has ended in order; the next start of the server brings one again");
        return new Promise<string>(() => {});
      }),
    };
  }

  /** SIGTERM: trainers write checkpoints and leases are given back. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.unwatch();
    if (!this.pid || !alive(this.pid)) return;
    process.kill(this.pid, "SIGTERM");
    const deadline = Date.now() + STOP_MS;
    while (this.running() && Date.now() < deadline) await sleep(50);
    if (this.running()) process.kill(-this.pid, "SIGKILL");
  }

  private running(): boolean {
    if (this.child) return this.child.exitCode === null && this.child.signalCode === null;
    return this.pid !== null && alive(this.pid);
  }

  private logPath(): string {
    return join(this.settings.dataDir, "worker.log");
  }

  private notePath(): string {
    return join(this.settings.dataDir, "worker.json");
  }

  /** A key of scope `work`, kept in the data directory; a new one where that was revoked. */
  private async workKey(ctx: Context): Promise<string> {
    const path = join(this.settings.dataDir, "worker-key");
    const known = (await readFile(path, "utf8").catch(() => "")).trim();
    if (known && (await isLive(ctx, known))) return known;
    const { key } = await createApiKey(ctx, { name: "local worker", scopes: ["work"] });
    await writeFile(path, key, { mode: 0o600 });
    return key;
  }
}

/** Errors: whatever says nothing about the key, such as a database that is away. */
function isLive(ctx: Context, key: string): Promise<boolean> {
  return verifyApiKey(ctx.db, key, new Date()).then(
    () => true,
    (e: unknown) => {
      if (e instanceof EtalonError && e.code === "unauthorized") return false;
      throw e;
    },
  );
}

/** Whether the process is an Etalon worker and not a later program with its number. */
async function isAgent(pid: number): Promise<boolean> {
  if (!alive(pid)) return false;
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return command.includes("etalon.mjs") && command.includes("worker");
}
