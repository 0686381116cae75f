import { gzipSync } from "node:zlib";
import { z } from "zod";
import {
  type FinishRun,
  heartbeatAnswerSchema,
  type LeasedJob,
  leaseAnswerSchema,
  type RegisterWorker,
} from "../../lib/protocol";

/** Etalon answered, not a proxy before it, and asking again will not change its mind. */
export class RefusedError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = "RefusedError";
  }
}

/** The server answered that it cannot now: overloaded, starting, without its database or disk. */
class NotNowError extends Error {
  constructor(
    message: string,
    /** When the server said that it may be asked again. */
    readonly afterMs: number | null,
  ) {
    super(message);
    this.name = "NotNowError";
  }
}

const RETRY_FROM_MS = 200;
const RETRY_TO_MS = 5_000;
const TIMEOUT_MS = 30_000;
const LONGEST_WAIT_MS = 60_000;
/** A checkpoint may take longer than other calls: at this pace, and as long as bytes arrive. */
const SLOWEST_BYTES_A_MS = 100;

/** HTTP calls of one agent. Calls that must arrive are repeated until they do or `signal` ends the agent. */
export class ServerClient {
  /** When the server last answered, milliseconds since 1970. */
  lastContact = Date.now();

  constructor(
    private readonly server: string,
    private readonly key: string,
    private readonly signal: AbortSignal,
    private readonly log: (line: string) => void,
  ) {}

  register(worker: RegisterWorker): Promise<{ workerId: string }> {
    return this.persist("POST", "/workers", worker) as Promise<{ workerId: string }>;
  }

  /**
   * A job that this agent cannot read is failed with the reason at once, instead of being held until its lease runs
   * out.
   */
  async lease(workerId: string): Promise<LeasedJob | null> {
    const answer = await this.once("POST", `/workers/${workerId}/lease`, {});
    const read = leaseAnswerSchema.safeParse(answer);
    if (read.success) return read.data.job;
    const reason = `this worker cannot read the job: ${z.prettifyError(read.error).slice(0, 1_500)}`;
    const { job } = unreadableSchema.parse(answer);
    await this.failJob(job.id, { leaseId: job.leaseId, reason, stderr: "", retry: true });
    throw new Error(reason);
  }

  async heartbeat(jobId: string, leaseId: string) {
    return heartbeatAnswerSchema.parse(await this.once("POST", `/jobs/${jobId}/heartbeat`, { leaseId }));
  }

  sendMetrics(runId: string, batch: unknown): Promise<unknown> {
    return this.persist("POST", `/runs/${runId}/metrics`, batch);
  }

  sendLog(runId: string, lines: { line: number; text: string }[]): Promise<unknown> {
    return this.persist("POST", `/runs/${runId}/logs`, { lines });
  }

  finishRun(runId: string, result: Wire<FinishRun>): Promise<unknown> {
    return this.persist("POST", `/runs/${runId}/finish`, result);
  }

  finishJob(jobId: string, leaseId: string): Promise<unknown> {
    return this.persist("POST", `/jobs/${jobId}/finish`, { leaseId });
  }

  failJob(jobId: string, body: { leaseId: string; reason: string; stderr: string; retry: boolean }): Promise<unknown> {
    return this.persist("POST", `/jobs/${jobId}/fail`, body);
  }

  releaseJob(jobId: string, leaseId: string): Promise<unknown> {
    return this.persist("POST", `/jobs/${jobId}/release`, { leaseId });
  }

  stopWorker(workerId: string): Promise<unknown> {
    return this.once("POST", `/workers/${workerId}/stop`, {});
  }

  /** The job's checkpoint, or null where there is none any more. */
  loadCheckpoint(jobId: string): Promise<Uint8Array | null> {
    return this.repeat(async () => {
      const idle = new AbortController();
      const alive = () => setTimeout(() => idle.abort(new Error("the checkpoint stopped coming")), TIMEOUT_MS);
      let timer = alive();
      try {
        const response = await this.fetch("GET", `/jobs/${jobId}/checkpoint`, { signal: idle.signal });
        const reader = response.body?.getReader();
        const parts: Uint8Array[] = [];
        for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
          clearTimeout(timer);
          timer = alive();
          parts.push(part.value);
        }
        return new Uint8Array(Buffer.concat(parts));
      } finally {
        clearTimeout(timer);
      }
    }).catch((e: unknown) => {
      if (e instanceof RefusedError && e.status === 404) return null;
      throw e;
    });
  }

  saveCheckpoint(jobId: string, leaseId: string, data: Uint8Array): Promise<unknown> {
    const signal = () => AbortSignal.timeout(TIMEOUT_MS + Math.ceil(data.length / SLOWEST_BYTES_A_MS));
    return this.repeat(() =>
      this.fetch("PUT", `/jobs/${jobId}/checkpoint?lease=${leaseId}`, { body: data, signal: signal() }),
    );
  }

  private persist(method: string, path: string, body: unknown): Promise<unknown> {
    return this.repeat(() => this.once(method, path, body));
  }

  /** Repeats while the server is away, restarting or overloaded; not all agents at the same moment. */
  private async repeat<T>(call: () => Promise<T>): Promise<T> {
    for (let wait = RETRY_FROM_MS; ; wait = Math.min(RETRY_TO_MS, wait * 2)) {
      try {
        return await call();
      } catch (e) {
        if (e instanceof RefusedError || this.signal.aborted) throw e;
        if (wait === RETRY_FROM_MS) this.log(`server not reached (${(e as Error).message}); trying again`);
        const least = e instanceof NotNowError && e.afterMs !== null ? Math.min(e.afterMs, LONGEST_WAIT_MS) : 0;
        await sleep(Math.max(least, wait * (0.5 + Math.random())), this.signal);
      }
    }
  }

  private async once(method: string, path: string, body: unknown): Promise<unknown> {
    const text = JSON.stringify(body);
    const big = text.length > 4_096;
    const response = await this.fetch(method, path, {
      body: big ? gzipSync(text) : text,
      headers: { "content-type": "application/json", ...(big && { "content-encoding": "gzip" }) },
    });
    return response.status === 204 ? null : response.json();
  }

  private async fetch(
    method: string,
    path: string,
    options: { body?: string | Uint8Array; headers?: Record<string, string>; signal?: AbortSignal } = {},
  ): Promise<Response> {
    const { body, headers, signal = AbortSignal.timeout(TIMEOUT_MS) } = options;
    const response = await fetch(`${this.server}/api/v1${path}`, {
      method,
      body: body as BodyInit | undefined,
      headers: { authorization: `Bearer ${this.key}`, ...headers },
      signal,
    });
    this.lastContact = Date.now();
    if (response.ok) return response;
    const text = await response.text();
    const { status } = response;
    const told = errorOf(text);
    const message = `${status} ${told ? messageOf(told) : text.slice(0, 200)}`;
    if (told && status < 500 && status !== 429 && status !== 408) throw new RefusedError(status, message);
    const after = Number(response.headers.get("retry-after") ?? Number.NaN);
    throw new NotNowError(message, after >= 0 ? after * 1_000 : null);
  }
}

/** As much of a leased job as is needed to give it up. */
const unreadableSchema = z.object({ job: z.object({ id: z.string(), leaseId: z.string() }) });

/** Non-finite numbers travel as strings. */
type Wire<T> = { [K in keyof T]: T[K] extends number | null ? T[K] | string : T[K] };

const errorSchema = z.object({
  code: z.string(),
  message: z.string(),
  issues: z.array(z.object({ field: z.string(), message: z.string() })).default([]),
});

/** The error of an answer of Etalon's API; null for a page of a proxy, or of a server that is only starting. */
function errorOf(text: string): z.infer<typeof errorSchema> | null {
  try {
    return z.object({ error: errorSchema }).parse(JSON.parse(text)).error;
  } catch {
    return null;
  }
}

function messageOf({ message, issues }: z.infer<typeof errorSchema>): string {
  return [message, issues.map((i) => `${i.field}: ${i.message}`).join("; ")].filter(Boolean).join(": ");
}

/** Ends early when `signal` is aborted. */
export const sleep = (ms: number, signal?: AbortSignal) =>
  new Promise<void>((done) => {
    const timer = setTimeout(finish, ms);
    function finish() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", finish);
      done();
    }
    signal?.addEventListener("abort", finish);
  });
