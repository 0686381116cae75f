import { type ChildProcess, spawn } from "node:child_process";
import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "@/server/context";
import { createApiKey, verifyApiKey } from "@/server/services/api-key";
import { childEnvironment } from "@/workers/agent";
import { processAlive } from "./data-dir";
import { ROOT, type Settings } from "./settings";

interface Note {
  pid: number;
  url: string;
}

const STOP_MS = 7_000;

/** The one worker agent that belongs to this server. One that outlived a killed server is taken over. */
export class LocalWorker {
  private child: ChildProcess | null = null;
  private pid: number | null = null;
  private ending = false;

  constructor(
    private readonly settings: Settings,
    private readonly say: (line: string) => void,
  ) {}

  async start(ctx: Context): Promise<void> {
    const { dataDir } = this.settings;
    const url = `http://${this.settings.host}:${this.settings.port}`;
    const note = JSON.parse(await readFile(this.notePath(), "utf8").catch(() => "null")) as Note | null;
    if (note && (await isAgent(note.pid))) {
      if (note.url === url) {
        this.pid = note.pid;
        this.say(`the worker of the last start is still running (process ${note.pid})`);
        return;
      }
      process.kill(note.pid, "SIGTERM");
    }
    const key = await this.workKey(ctx);
    const log = await open(join(dataDir, "worker.log"), "a", 0o600);
    const args = [
      join(ROOT, "bin", "etalon.mjs"),
      "worker",
      "--server",
      url,
      "--name",
      "local",
      "--parent",
      String(process.pid),
    ];
    // Its own session: Ctrl-C reaches only this process, which ends the worker in order.
    this.child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: { ...childEnvironment(process.env), ETALON_API_KEY: key, ETALON_DATA_DIR: dataDir },
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
    });
    await log.close();
    this.pid = this.child.pid ?? null;
    await writeFile(this.notePath(), JSON.stringify({ pid: this.pid, url }), { mode: 0o600 });
    this.child.on("exit", (code, signal) => {
      if (!this.ending)
        this.say(`the local worker ended (${signal ?? code}); its log is ${join(dataDir, "worker.log")}`);
    });
  }

  /** SIGTERM: trainers write checkpoints and leases are given back. */
  async stop(): Promise<void> {
    this.ending = true;
    if (!this.pid || !processAlive(this.pid)) return;
    process.kill(this.pid, "SIGTERM");
    const deadline = Date.now() + STOP_MS;
    while (this.running() && Date.now() < deadline) await new Promise((r) => setTimeout(r, 50));
    if (this.running()) process.kill(-this.pid, "SIGKILL");
  }

  private running(): boolean {
    if (this.child) return this.child.exitCode === null && this.child.signalCode === null;
    return this.pid !== null && processAlive(this.pid);
  }

  private notePath(): string {
    return join(this.settings.dataDir, "worker.json");
  }

  /** A key of scope `work`, kept in the data directory; a new one where that was revoked. */
  private async workKey(ctx: Context): Promise<string> {
    const path = join(this.settings.dataDir, "worker-key");
    const known = (await readFile(path, "utf8").catch(() => "")).trim();
    if (known && (await verifyApiKey(ctx.db, known, new Date()))) return known;
    const { key } = await createApiKey(ctx, { name: "local worker", scopes: ["work"] });
    await writeFile(path, key, { mode: 0o600 });
    return key;
  }
}

/** Whether the process is an Etalon worker and not a later program with its number. */
async function isAgent(pid: number): Promise<boolean> {
  if (!processAlive(pid)) return false;
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return command.includes("etalon.mjs") && command.includes("worker");
}
