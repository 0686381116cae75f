import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  batchTokens,
  encodeReal,
  type LeasedJob,
  type RunConfig,
  type TrainerEvent,
  type TrainerEventOf,
  trainerConfig,
} from "../../lib/protocol";
import { RefusedError, type ServerClient } from "./client";
import { MetricStream } from "./metric-stream";
import { Trainer, type TrainerExit } from "./trainer";
import { makeWorkFolder } from "./work-folder";

const FLUSH_MS = 1_000;
const HEARTBEAT_MS = 3_000;
const CHECKPOINT_SECONDS = 20;
const LOG_EVERY_TOKENS = 2_048;
/** Log lines of every lease get numbers of their own. */
const LINES_PER_LEASE = 1_000_000;

export interface JobMeans {
  client: ServerClient;
  binary: string;
  workerName: string;
  /** Folder with train.bin and val.bin of a data source. */
  dataFolder: (source: string) => Promise<string>;
  log: (line: string) => void;
  /** The trainer cannot be started at all: no job has a chance on this worker. */
  onBroken: (reason: string) => void;
}

/** One leased job from start to end: train, stream, renew, then finish, fail or give back. */
export class JobExecution {
  private readonly streams: Map<string, MetricStream>;
  private readonly ended = new Set<string>();
  private readonly lines: { line: number; text: string }[] = [];
  private nextLine: number;
  private tasks: Promise<unknown> = Promise.resolve();
  private trainer: Trainer | null = null;
  private start: TrainerEventOf<"start"> | null = null;
  private releasing = false;
  private stopReason: string | null = null;

  constructor(
    private readonly job: LeasedJob,
    private readonly means: JobMeans,
  ) {
    const writer = `agent ${means.workerName} lease ${job.attempt}`;
    const open = job.runs.filter((r) => r.open);
    this.streams = new Map(open.map((r) => [r.id, new MetricStream(means.client, r.id, writer)]));
    this.nextLine = job.attempt * LINES_PER_LEASE;
  }

  /** Ends the trainer with a checkpoint and gives the lease back; `run` then resolves. */
  release(): void {
    this.releasing = true;
    this.trainer?.signal("SIGTERM");
  }

  async run(): Promise<void> {
    const folder = await makeWorkFolder();
    const timers: NodeJS.Timeout[] = [];
    try {
      const args = await this.prepare(folder);
      if (this.releasing) return await this.giveBack();
      this.trainer = new Trainer(this.means.binary, args, {
        event: (e) => this.onEvent(e),
        stderr: (text) => this.addLine(text),
      });
      timers.push(setInterval(() => void this.flush().catch(() => {}), FLUSH_MS));
      timers.push(setInterval(() => void this.heartbeat(), HEARTBEAT_MS));
      await this.conclude(await this.trainer.exited);
    } catch (e) {
      await this.failed(e);
    } finally {
      for (const t of timers) clearInterval(t);
      await rm(folder, { recursive: true, force: true });
    }
  }

  private async prepare(folder: string): Promise<string[]> {
    const { job, means } = this;
    const configs = job.runs.map((r) => r.config);
    const data = await means.dataFolder(configs[0]!.data.source);
    const config = trainerConfig(configs, {
      train: join(data, "train.bin"),
      val: join(data, "val.bin"),
      logEveryTokens: LOG_EVERY_TOKENS,
    });
    const configPath = join(folder, "run.json");
    await writeFile(configPath, JSON.stringify(config));
    const checkpoint = join(folder, "checkpoint");
    const args = [
      "--config",
      configPath,
      "--checkpoint",
      checkpoint,
      "--checkpoint-every-seconds",
      String(CHECKPOINT_SECONDS),
    ];
    this.addLine(`lease ${job.attempt} on worker ${means.workerName}`);
    if (!job.hasCheckpoint) return args;
    const resume = join(folder, "resume");
    await writeFile(resume, await means.client.loadCheckpoint(job.id));
    return [...args, "--resume", resume];
  }

  private onEvent(e: TrainerEvent): void {
    const time = Date.now();
    if (e.event === "start") this.start = e;
    else if (e.event === "step") {
      for (const stream of this.streamsOf(e)) {
        const add = (metric: string, value: number) =>
          stream.add(metric, { step: e.step, value, tokens: e.tokens, time });
        add("train/loss", e.loss);
        add("train/lr", e.lr);
        add("train/grad_norm", e.grad_norm);
        add("perf/tokens_per_s", e.tokens_per_s);
      }
    } else if (e.event === "eval") {
      for (const stream of this.streamsOf(e)) {
        stream.add("val/loss", { step: e.step, value: e.val_loss, tokens: e.tokens, time });
      }
    } else if (e.event === "end" && e.reason !== "stopped") this.queue(() => this.endRun(e));
    else if (e.event === "checkpoint") this.queue(() => this.saveCheckpoint(e.path));
  }

  /** What the trunk reports belongs to every run whose decay has not begun before it; what a branch reports to its run. */
  private streamsOf(e: TrainerEventOf<"step" | "eval">): MetricStream[] {
    if (e.branch !== null) {
      const stream = this.streamOfBranch(e.branch);
      return stream ? [stream] : [];
    }
    return this.job.runs.flatMap(({ id, config }) => {
      if (e.event === "eval" && e.tokens === config.tokens) return []; // its end reports the same loss
      const stream = this.streams.get(id);
      return stream && trunkReaches(config, e.tokens) ? [stream] : [];
    });
  }

  private streamOfBranch(tokens: number): MetricStream | undefined {
    const run = this.job.runs.find((r) => r.config.tokens === tokens);
    return run && this.streams.get(run.id);
  }

  private async endRun(e: TrainerEventOf<"end">): Promise<void> {
    const stream = this.streamOfBranch(e.branch);
    if (!stream) return;
    await stream.flush();
    await this.means.client.finishRun(stream.runId, {
      state: "finished",
      diverged: e.reason === "diverged",
      finalLoss: encodeReal(e.val_loss),
      trainTailLoss: encodeReal(e.train_tail_loss),
      wallSeconds: encodeReal(e.wall_s),
      error: null,
      provenance: this.provenance(),
    });
    this.ended.add(stream.runId);
  }

  private provenance(): Record<string, unknown> | null {
    if (!this.start) return null;
    const { event: _event, config, ...rest } = this.start;
    return { worker: this.means.workerName, trainer: rest, resolvedConfig: config };
  }

  /** Points first: after a resume from this checkpoint nobody sends them again. */
  private async saveCheckpoint(path: string): Promise<void> {
    const data = await readFile(path);
    await this.flush();
    await this.means.client
      .saveCheckpoint(this.job.id, this.job.leaseId, data)
      .catch((e: Error) => this.means.log(`job ${this.job.id}: checkpoint not saved: ${e.message}`));
  }

  private async conclude({ code, signal, stderr }: TrainerExit): Promise<void> {
    const { client } = this.means;
    await this.tasks;
    await this.flush();
    if (this.stopReason) return this.means.log(`job ${this.job.id} stopped: ${this.stopReason}`);
    if (code === 0) return void (await client.finishJob(this.job.id, this.job.leaseId));
    if (this.releasing) return this.giveBack();
    const why = signal ? `the trainer was killed by ${signal}` : `the trainer ended with exit code ${code}`;
    const retry = code !== 2 && code !== 3 && code !== 4;
    await client.failJob(this.job.id, { leaseId: this.job.leaseId, reason: why, stderr, retry });
  }

  private async giveBack(): Promise<void> {
    await this.means.client.releaseJob(this.job.id, this.job.leaseId);
    this.means.log(`job ${this.job.id} given back`);
  }

  private async failed(e: unknown): Promise<void> {
    this.trainer?.signal("SIGKILL");
    const reason = e instanceof Error ? e.message : String(e);
    this.means.log(`job ${this.job.id}: ${reason}`);
    if (isSpawnError(e)) {
      this.means.onBroken(reason);
      return this.giveBack().catch(() => {});
    }
    if (e instanceof RefusedError && (e.status === 409 || e.status === 404)) return; // somebody else has the job now
    await this.means.client
      .failJob(this.job.id, { leaseId: this.job.leaseId, reason: reason.slice(0, 2_000), stderr: "", retry: true })
      .catch((again: Error) => this.means.log(`job ${this.job.id}: ${again.message}`));
  }

  private async heartbeat(): Promise<void> {
    const answer = await this.means.client.heartbeat(this.job.id, this.job.leaseId).catch(() => null);
    if (!answer?.stop || this.stopReason) return;
    this.stopReason = answer.reason ?? "the server said so";
    this.trainer?.signal("SIGKILL");
  }

  private async flush(): Promise<void> {
    const lines = this.lines.splice(0);
    const logs = lines.length > 0 ? [...this.streams.keys()].map((id) => this.means.client.sendLog(id, lines)) : [];
    await Promise.all([...logs, ...[...this.streams.values()].map((s) => s.flush())]);
  }

  private addLine(text: string): void {
    this.lines.push({ line: this.nextLine++, text: text.slice(0, 8_000) });
  }

  /** Runs and checkpoints are reported one after the other, in the order of the trainer's events. */
  private queue(task: () => Promise<void>): void {
    this.tasks = this.tasks.then(task);
    this.tasks.catch(() => {}); // awaited in conclude
  }
}

function isSpawnError(e: unknown): boolean {
  return e instanceof Error && "syscall" in e && String(e.syscall).startsWith("spawn");
}

/** Whether a trunk step that ends at `tokens` is still before the decay of this run. */
export function trunkReaches(config: RunConfig, tokens: number): boolean {
  const { kind, decayFraction } = config.schedule;
  const decay = kind === "wsd" || kind === "power" ? decayFraction : 0;
  const before = tokens - batchTokens(config);
  return tokens <= config.tokens && before <= config.tokens * (1 - decay);
}
