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
import { checkpointStep } from "./checkpoint-file";
import { RefusedError, type ServerClient } from "./client";
import type { PreparedData } from "./data";
import type { Lease } from "./left-leases";
import { lineText } from "./log-stream";
import { RunStream } from "./run-stream";
import { Trainer, type TrainerExit } from "./trainer";
import { makeWorkFolder } from "./work-folder";

const FLUSH_MS = 1_000;
const HEARTBEAT_MS = 3_000;
const CHECKPOINT_SECONDS = 20;
const LOG_EVERY_TOKENS = 2_048;
/** Log lines of every lease get numbers of their own. */
const LINES_PER_LEASE = 1_000_000;
/** The trainer's exit codes that another attempt cannot help: configuration, data or checkpoint, memory. */
const FINAL_CODES = [2, 3, 4];
/** What the trainer says of a disk that is full. */
const CANNOT_WRITE = /cannot be written/;
const CRASHES = ["SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL"];

export interface JobMeans {
  client: ServerClient;
  binary: string;
  workerName: string;
  prepareData: (source: string) => Promise<PreparedData>;
  log: (line: string) => void;
  /** The lease could not be given back: the server is away. */
  onKept: (lease: Lease) => void;
  /** The trainer cannot be started at all: no job has a chance on this worker. */
  onBroken: (reason: string) => void;
}

/** One leased job from start to end: train, stream, renew, then finish, fail or give back. */
export class JobExecution {
  private readonly streams: Map<string, RunStream>;
  private nextLine: number;
  private tasks: Promise<unknown> = Promise.resolve();
  private trainer: Trainer | null = null;
  private start: TrainerEventOf<"start"> | null = null;
  private data: PreparedData | null = null;
  private progressed = false;
  private releasing = false;
  private noRoom = false;
  private stopReason: string | null = null;

  constructor(
    private readonly job: LeasedJob,
    private readonly means: JobMeans,
  ) {
    const writer = `agent ${means.workerName} lease ${job.attempt}`;
    const say = (line: string) => means.log(`job ${job.id}: ${line}`);
    const open = job.runs.filter((r) => r.open);
    this.streams = new Map(open.map((r) => [r.id, new RunStream(means.client, r.id, writer, say)]));
    this.nextLine = job.attempt * LINES_PER_LEASE;
  }

  /** Ends the trainer with a checkpoint and gives the lease back; `run` then resolves. */
  release(): void {
    this.releasing = true;
    this.trainer?.signal("SIGTERM");
  }

  /** Resolves to false when this machine cannot work now, such as with a full disk: the job was given back. */
  async run(): Promise<boolean> {
    const folder = await makeWorkFolder().catch((e: Error) => e);
    if (folder instanceof Error) {
      this.means.log(`no folder for a job: ${folder.message}`);
      await this.giveBack();
      return false;
    }
    await this.runIn(folder);
    return !this.noRoom;
  }

  private async runIn(folder: string): Promise<void> {
    // From the first moment: data or a checkpoint may take longer to come than a lease lasts.
    const timers = [setInterval(() => void this.heartbeat(), HEARTBEAT_MS)];
    try {
      const args = await this.prepare(folder);
      const resume = this.job.hasCheckpoint ? await this.loadCheckpoint(folder) : [];
      if (this.stopReason) return this.means.log(`job ${this.job.id} stopped: ${this.stopReason}`);
      if (this.releasing) return await this.giveBack();
      timers.push(setInterval(() => void this.flush().catch(() => {}), FLUSH_MS));
      let exit = await this.train([...args, ...resume]);
      if (resume.length > 0 && this.couldNotResume(exit)) {
        this.addLine("the checkpoint cannot be used here: training starts from the beginning");
        for (const stream of this.streams.values()) stream.metrics.restart();
        exit = await this.train(args);
      }
      await this.conclude(exit);
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
    this.data = await means.prepareData(configs[0]!.data.source);
    const config = trainerConfig(configs, {
      train: join(this.data.folder, "train.bin"),
      val: join(this.data.folder, "val.bin"),
      logEveryTokens: LOG_EVERY_TOKENS,
    });
    // Also of runs that were deleted: a checkpoint is of all the branches that the trunk was queued with.
    config.tokens = [...new Set([...config.tokens, ...job.tokens])].sort((p, q) => p - q);
    const configPath = join(folder, "run.json");
    await writeFile(configPath, JSON.stringify(config));
    this.addLine(`lease ${job.attempt} on worker ${means.workerName}`);
    const every = String(CHECKPOINT_SECONDS);
    return ["--config", configPath, "--checkpoint", join(folder, "checkpoint"), "--checkpoint-every-seconds", every];
  }

  private async loadCheckpoint(folder: string): Promise<string[]> {
    const checkpoint = await this.means.client.loadCheckpoint(this.job.id);
    if (!checkpoint) return [];
    const path = join(folder, "resume");
    await writeFile(path, checkpoint);
    return ["--resume", path];
  }

  private train(args: string[]): Promise<TrainerExit> {
    this.progressed = false;
    this.trainer = new Trainer(this.means.binary, args, {
      event: (e) => this.onEvent(e),
      stderr: (text) => this.addLine(text),
    });
    return this.trainer.exited;
  }

  /**
   * Of another version or configuration, of other data, damaged: the trainer says so, or falls over it, before any
   * step.
   */
  private couldNotResume({ code, signal }: TrainerExit): boolean {
    if (this.progressed || this.releasing || this.stopReason) return false;
    return code === null ? CRASHES.includes(signal ?? "") : FINAL_CODES.includes(code);
  }

  private onEvent(e: TrainerEvent): void {
    const time = Date.now();
    if (e.event !== "start") this.progressed = true;
    if (e.event === "start") this.start = e;
    else if (e.event === "step") {
      for (const { metrics } of this.streamsOf(e)) {
        const add = (metric: string, value: number) => metrics.add(metric, { ...pointOf(e, time), value });
        add("train/loss", e.loss);
        add("train/lr", e.lr);
        add("train/grad_norm", e.grad_norm);
        add("perf/tokens_per_s", e.tokens_per_s);
      }
    } else if (e.event === "eval") {
      for (const { metrics } of this.streamsOf(e)) metrics.add("val/loss", { ...pointOf(e, time), value: e.val_loss });
    } else if (e.event === "end" && e.reason !== "stopped") this.queue(() => this.endRun(e));
    else if (e.event === "checkpoint") this.queue(() => this.saveCheckpoint(e));
  }

  /**
   * What the trunk reports belongs to every run whose decay has not begun before it; what a branch reports to its run.
   */
  private streamsOf(e: TrainerEventOf<"step" | "eval">): RunStream[] {
    if (e.branch !== null) return this.streamOfBranch(e.branch) ?? [];
    return this.job.runs.flatMap(({ id, config }) => {
      if (e.event === "eval" && e.tokens === config.tokens) return []; // its end reports the same loss
      const stream = this.streams.get(id);
      return stream?.open && trunkReaches(config, e.tokens) ? [stream] : [];
    });
  }

  private streamOfBranch(tokens: number): RunStream[] | null {
    const run = this.job.runs.find((r) => r.config.tokens === tokens);
    const stream = run && this.streams.get(run.id);
    return stream?.open ? [stream] : null;
  }

  private async endRun(e: TrainerEventOf<"end">): Promise<void> {
    for (const stream of this.streamOfBranch(e.branch) ?? []) {
      await stream.finish({
        state: "finished",
        diverged: e.reason === "diverged",
        finalLoss: encodeReal(e.val_loss),
        trainTailLoss: encodeReal(e.train_tail_loss),
        wallSeconds: encodeReal(e.wall_s),
        error: null,
        provenance: this.provenance(),
      });
    }
  }

  private provenance(): Record<string, unknown> | null {
    if (!this.start) return null;
    const { event: _event, config, ...rest } = this.start;
    const data = { source: this.job.runs[0]!.config.data.source, content: this.data?.content };
    return { worker: this.means.workerName, trainer: rest, resolvedConfig: config, data };
  }

  /** Points first: after a resume from this checkpoint nobody sends them again. */
  private async saveCheckpoint(e: TrainerEventOf<"checkpoint">): Promise<void> {
    const notSaved = (error: Error) => this.means.log(`job ${this.job.id}: checkpoint not saved: ${error.message}`);
    const data = await readFile(e.path).catch(notSaved);
    // Replaced by a later one, whose points may still be on their way and whose own event follows.
    if (!data || (checkpointStep(data) ?? e.step) !== e.step) return;
    await this.flush();
    await this.means.client.saveCheckpoint(this.job.id, this.job.leaseId, data).catch(notSaved);
  }

  private async conclude({ code, signal, stderr }: TrainerExit): Promise<void> {
    const { client } = this.means;
    await this.tasks;
    await this.flush();
    if (this.stopReason) return this.means.log(`job ${this.job.id} stopped: ${this.stopReason}`);
    if (code === 0) return void (await client.finishJob(this.job.id, this.job.leaseId));
    this.noRoom = code === 3 && CANNOT_WRITE.test(stderr);
    if (this.releasing || this.noRoom) return this.giveBack();
    const why = signal ? `the trainer was killed by ${signal}` : `the trainer ended with exit code ${code}`;
    const retry = code === null || !FINAL_CODES.includes(code);
    await client.failJob(this.job.id, { leaseId: this.job.leaseId, reason: why, stderr: lineText(stderr), retry });
  }

  private async giveBack(): Promise<void> {
    const { client, log, onKept } = this.means;
    const { id: jobId, leaseId } = this.job;
    await client.releaseJob(jobId, leaseId).then(
      () => log(`job ${jobId} given back`),
      (e: Error) => {
        log(`job ${jobId} not given back: ${e.message}`);
        if (!(e instanceof RefusedError)) onKept({ jobId, leaseId });
      },
    );
  }

  private async failed(e: unknown): Promise<void> {
    this.trainer?.signal("SIGKILL");
    const reason = e instanceof Error ? e.message : String(e);
    this.means.log(`job ${this.job.id}: ${reason}`);
    const { client, log, onBroken } = this.means;
    if (isSpawnError(e)) onBroken(reason);
    if (e instanceof RefusedError && (e.status === 409 || e.status === 404)) return; // somebody else has the job now
    this.noRoom = isNoRoom(e);
    if (isSpawnError(e) || this.releasing || this.noRoom) return this.giveBack();
    const failure = { leaseId: this.job.leaseId, reason: lineText(reason).slice(0, 2_000), stderr: "", retry: true };
    await client.failJob(this.job.id, failure).catch((again: Error) => log(`job ${this.job.id}: ${again.message}`));
  }

  private async heartbeat(): Promise<void> {
    const answer = await this.means.client.heartbeat(this.job.id, this.job.leaseId).catch(() => null);
    if (!answer?.stop || this.stopReason) return;
    this.stopReason = answer.reason ?? "the server said so";
    this.trainer?.signal("SIGKILL");
  }

  private async flush(): Promise<void> {
    await Promise.all([...this.streams.values()].map((s) => s.flush()));
  }

  private addLine(text: string): void {
    const line = { line: this.nextLine++, text: lineText(text) };
    for (const stream of this.streams.values()) stream.log.add(line);
  }

  /** Runs and checkpoints are reported one after the other, in the order of the trainer's events. */
  private queue(task: () => Promise<void>): void {
    this.tasks = this.tasks.then(task);
    this.tasks.catch(() => {}); // awaited in conclude
  }
}

function pointOf({ step, tokens }: { step: number; tokens: number }, time: number) {
  return { step, tokens, time };
}

function isSpawnError(e: unknown): boolean {
  return e instanceof Error && "syscall" in e && String(e.syscall).startsWith("spawn");
}

/** Trouble of this machine and not of the job. */
function isNoRoom(e: unknown): boolean {
  if (!(e instanceof Error)) return false;
  return ("code" in e && /^(ENOSPC|EDQUOT|EROFS|EMFILE|ENFILE)$/.test(String(e.code))) || CANNOT_WRITE.test(e.message);
}

/** Whether a trunk step that ends at `tokens` is still before the decay of this run. */
export function trunkReaches(config: RunConfig, tokens: number): boolean {
  const { kind, decayFraction } = config.schedule;
  const decay = kind === "wsd" || kind === "power" ? decayFraction : 0;
  const before = tokens - batchTokens(config);
  return tokens <= config.tokens && before <= config.tokens * (1 - decay);
}
