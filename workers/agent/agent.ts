import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { alive } from "@/os/process";
import { runConfigSchema, trainerConfig } from "../../lib/protocol";
import { PROXY_27K, PROXY_94K } from "../../lib/sweep";
import { ServerClient, sleep } from "./client";
import { DataStore } from "./data";
import { childEnvironment } from "./environment";
import { agentInstance } from "./instance";
import { JobExecution } from "./job";
import { keepLeases, type Lease, takeLeases } from "./left-leases";
import { benchTrainer, deviceArgs } from "./trainer";
import { removeLeftFolders } from "./work-folder";

export interface AgentOptions {
  server: string;
  key: string;
  slots: number;
  name: string;
  /** Path of the trainer binary. */
  binary: string;
  /** Folder for prepared data, kept between starts. */
  cache: string;
  /** End when this process is gone and the server has not answered for a while. */
  parentPid?: number;
  log: (line: string) => void;
}

const IDLE_MS = 1_000;
/** Until a slot of a machine that could not work asks for a job again. */
const NO_ROOM_MS = 30_000;
/** The best of a few short measurements: whatever else the machine does at the start only slows them. */
const BENCH_SECONDS = 0.3;
const BENCH_TIMES = 3;
const ORPHAN_SECONDS = 60;

/** Leases jobs and runs them on `slots` trainers at once until `stop` is called; then gives back what is unfinished. */
export class Agent {
  private readonly ending = new AbortController();
  private readonly giveUp = new AbortController();
  private readonly client: ServerClient;
  private readonly data: DataStore;
  private readonly running = new Set<JobExecution>();
  private readonly kept: Lease[] = [];

  constructor(private readonly options: AgentOptions) {
    this.client = new ServerClient(options.server.replace(/\/$/, ""), options.key, this.giveUp.signal, options.log);
    this.data = new DataStore(options.binary, options.cache);
  }

  /** Ends the agent in good order; calls to a server that is away are given up after `graceMs`. */
  stop(graceMs = 6_000): void {
    if (this.ending.signal.aborted) return;
    this.ending.abort();
    for (const job of this.running) job.release();
    this.data.stop();
    setTimeout(() => this.giveUp.abort(), graceMs).unref();
  }

  async run(): Promise<void> {
    const { options, client } = this;
    await Promise.all([removeLeftFolders(), this.data.removeLeft()]);
    const [about, tokensPerS] = await this.measure();
    const { workerId } = await client.register({
      name: options.name,
      host: hostname(),
      slots: options.slots,
      device: about.device,
      isa: about.isa,
      trainerVersion: about.version,
      tokensPerS,
      instance: await agentInstance(options.cache, options.name),
    });
    const speeds = `${JSON.stringify(tokensPerS)} tokens/s`;
    options.log(`worker ${options.name}: ${options.slots} slots, ${about.device}, ${about.isa}, ${speeds}`);
    for (const { jobId, leaseId } of await takeLeases(options.cache)) {
      await client.releaseJob(jobId, leaseId).catch((e: Error) => options.log(`job ${jobId}: ${e.message}`));
    }
    const watch = setInterval(() => this.endIfOrphaned(), 2_000);
    await Promise.all(Array.from({ length: options.slots }, () => this.serveSlot(workerId)));
    clearInterval(watch);
    await keepLeases(options.cache, this.kept);
    await client.stopWorker(workerId).catch(() => {});
  }

  private async serveSlot(workerId: string): Promise<void> {
    const { options, client } = this;
    while (!this.ending.signal.aborted) {
      const job = await client.lease(workerId).catch((e: Error) => {
        options.log(`no lease: ${e.message}`);
        return null;
      });
      if (!job) {
        await sleep(IDLE_MS, this.ending.signal);
        continue;
      }
      const execution = new JobExecution(job, {
        client,
        binary: options.binary,
        workerName: options.name,
        prepareData: (source) => this.data.prepare(source),
        log: options.log,
        onKept: (lease) => this.kept.push(lease),
        onBroken: (reason) => {
          options.log(`this worker cannot train: ${reason}`);
          this.stop();
        },
      });
      this.running.add(execution);
      if (this.ending.signal.aborted) execution.release();
      const fit = await execution.run().catch((e: Error) => options.log(`job ${job.id}: ${e.message}`));
      this.running.delete(execution);
      if (fit === false) await sleep(NO_ROOM_MS, this.ending.signal);
    }
  }

  /** What the trainer says of itself, and its speed at the widths of the quickstart. */
  private async measure(): Promise<[{ device: string; isa: string; version: string }, Record<string, number>]> {
    const { binary } = this.options;
    const { folder: data } = await this.data.prepare("sotu");
    const folder = await mkdtemp(join(tmpdir(), "etalon-bench-"));
    try {
      const tokensPerS: Record<string, number> = {};
      let about = { device: "cpu", isa: "", version: "" };
      for (const model of [PROXY_27K, PROXY_94K]) {
        const config = runConfigSchema.parse({
          model,
          schedule: { kind: "constant", peakLr: 0.004, warmupTokens: 0 },
          batchSeqs: 8,
          tokens: 131_072,
        });
        const path = join(folder, `${model.width}.json`);
        await writeFile(
          path,
          JSON.stringify(trainerConfig([config], { train: join(data, "train.bin"), val: join(data, "val.bin") })),
        );
        const speeds: number[] = [];
        for (let i = 0; i < BENCH_TIMES; i++) speeds.push(await benchTrainer(binary, path, BENCH_SECONDS));
        tokensPerS[String(model.width)] = Math.max(...speeds);
        const { stdout } = await promisify(execFile)(binary, ["check", "--config", path, ...deviceArgs()], {
          env: childEnvironment(process.env),
        });
        about = JSON.parse(stdout) as typeof about;
      }
      return [about, tokensPerS];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  private endIfOrphaned(): void {
    const { parentPid, log } = this.options;
    if (!parentPid || alive(parentPid) || Date.now() - this.client.lastContact < ORPHAN_SECONDS * 1_000) return;
    log("the server that started this worker is gone: ending");
    this.stop(0);
  }
}
