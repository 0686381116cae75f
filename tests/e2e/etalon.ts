import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type postgres from "postgres";
import { connect } from "@/db/client";
import { runningEmbeddedUrl } from "@/db/embedded";
import { freePort } from "@/os/net";

export const ROOT = resolve(import.meta.dirname, "../..");
const BIN = join(ROOT, "bin", "etalon.mjs");

export interface Options {
  dataDir: string;
  port?: number;
  flags?: string[];
  env?: Record<string, string>;
  /** Another copy of the product. */
  root?: string;
  /** Run as this user; for tests that are root. */
  uid?: number;
  timeoutMs?: number;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A running `etalon start`. */
export class Etalon {
  stdout = "";
  stderr = "";
  url = "";
  signIn = "";
  readonly exited: Promise<Exit>;

  constructor(
    readonly child: ChildProcess,
    readonly dataDir: string,
  ) {
    child.stdout!.on("data", (d: Buffer) => {
      this.stdout += d.toString();
    });
    child.stderr!.on("data", (d: Buffer) => {
      this.stderr += d.toString();
    });
    this.exited = new Promise((done) =>
      child.on("close", (code, signal) => done({ code, signal, stdout: this.stdout, stderr: this.stderr })),
    );
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Ends it in order; resolves to the exit and how long it took. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Exit & { stopSeconds: number }> {
    const begun = performance.now();
    this.child.kill(signal);
    const exit = await this.exited;
    return { ...exit, stopSeconds: (performance.now() - begun) / 1_000 };
  }

  async kill9(): Promise<void> {
    this.child.kill("SIGKILL");
    await new Promise((done) =>
      (this.child.exitCode ?? this.child.signalCode) ? done(null) : this.child.once("exit", done),
    );
  }
}

/** Starts the product and waits for its two lines. */
export async function start(options: Options): Promise<Etalon> {
  const etalon = await launch(options);
  const deadline = Date.now() + (options.timeoutMs ?? 240_000);
  while (!/^sign in: .*\n/m.test(etalon.stdout)) {
    if (etalon.child.exitCode !== null || Date.now() > deadline) {
      etalon.child.kill("SIGKILL");
      throw new Error(`etalon did not get ready (exit ${etalon.child.exitCode}):\n${etalon.stdout}\n${etalon.stderr}`);
    }
    await sleep(20);
  }
  etalon.url = /^ready: (.*)$/m.exec(etalon.stdout)![1]!;
  etalon.signIn = /^sign in: (.*)$/m.exec(etalon.stdout)![1]!;
  return etalon;
}

/** Starts the product without waiting for anything. */
export async function launch({ dataDir, port, flags = [], env = {}, uid, root = ROOT }: Options): Promise<Etalon> {
  const settings = { PORT: String(port ?? (await freePort())), ...environment(dataDir), ...env };
  const child = spawn(process.execPath, [join(root, "bin", "etalon.mjs"), "start", ...flags], {
    cwd: root,
    env: settings,
    stdio: ["ignore", "pipe", "pipe"],
    ...(uid !== undefined && { uid, gid: uid }),
  });
  return new Etalon(child, dataDir);
}

/** Runs another command of the product to its end. */
export async function run(dataDir: string, args: string[], env: Record<string, string> = {}): Promise<Exit> {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: ROOT,
    env: { ...environment(dataDir), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Etalon(child, dataDir).exited;
}

/** Starts a worker agent of its own and leaves it running. */
export function agent(dataDir: string, args: string[]): Etalon {
  const child = spawn(process.execPath, [BIN, "worker", ...args], {
    cwd: ROOT,
    env: environment(dataDir),
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Etalon(child, dataDir);
}

/** Every process started for this data directory inherits the variable that marks it. */
function environment(dataDir: string): NodeJS.ProcessEnv & Record<string, string> {
  const kept = ["PATH", "HOME", "TMPDIR", "LANG", "CXX", "CC", "LD_LIBRARY_PATH"].flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]!] as const],
  );
  return { ...Object.fromEntries(kept), ETALON_DATA_DIR: dataDir, NODE_ENV: "production" };
}

/** A folder for a data directory that the database's user can enter too. */
export async function temporaryFolder(name = "etalon-e2e-"): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), name));
  await chmod(folder, 0o755);
  return folder;
}

export const remove = (folder: string) => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });

export interface Process {
  pid: number;
  parent: number;
  command: string;
}

/** Living processes that were started for this data directory: server, database, agents, trainers. */
export async function processesOf(dataDir: string): Promise<Process[]> {
  const found: Process[] = [];
  for (const name of await readdir("/proc")) {
    const pid = Number(name);
    if (!pid || pid === process.pid) continue;
    const read = (file: string) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
    const [environ, command, stat] = await Promise.all([read("environ"), read("cmdline"), read("stat")]);
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const folder = await readlink(`/proc/${pid}/cwd`).catch(() => "");
    const ours = environ.split("\0").includes(`ETALON_DATA_DIR=${dataDir}`) || folder.startsWith(`${dataDir}/`);
    if (ours && state !== "Z")
      found.push({ pid, parent: Number(parent), command: command.replaceAll("\0", " ").trim() });
  }
  return found;
}

export const isTrainer = (p: Process) => / train --config /.test(p.command) && !p.command.includes("etalon.mjs");
export const isAgent = (p: Process) => p.command.includes("etalon.mjs worker");

/** Ends whatever a failed test left behind. */
export async function killAll(dataDir: string): Promise<void> {
  for (const { pid } of await processesOf(dataDir)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // gone by itself
    }
  }
}

/** The product's own database, to look at and to age leases in. */
export async function database(dataDir: string): Promise<postgres.Sql> {
  const url = await runningEmbeddedUrl(dataDir);
  if (!url) throw new Error(`no database runs for ${dataDir}`);
  return connect({ url }, { max: 2 }).sql;
}

export async function newKey(dataDir: string, scopes: string): Promise<string> {
  const { code, stdout, stderr } = await run(dataDir, ["key", "create", "--scopes", scopes, "--json"]);
  if (code !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as { key: string }).key;
}

/** Resolves as soon as `test` gives something true; rejects with `what` after `seconds`. */
export async function until<T>(what: string, seconds: number, test: () => Promise<T> | T): Promise<NonNullable<T>> {
  const deadline = Date.now() + seconds * 1_000;
  for (;;) {
    const value = await test();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(50);
  }
}

export const sleep = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
