import { gzipSync } from "node:zlib";
import {
  type FinishRun,
  heartbeatAnswerSchema,
  type LeasedJob,
  leaseAnswerSchema,
  type RegisterWorker,
} from "../../lib/protocol";

/** The server answered, but not with success. `status` 4xx other than 429 will not get better by asking again. */
export class RefusedError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = "RefusedError";
  }
}

const RETRY_FROM_MS = 200;
const RETRY_TO_MS = 5_000;
const TIMEOUT_MS = 30_000;

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

  async lease(workerId: string): Promise<LeasedJob | null> {
    return leaseAnswerSchema.parse(await this.once("POST", `/workers/${workerId}/lease`, {})).job;
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
    return this.once("POST", `/jobs/${jobId}/release`, { leaseId });
  }

  stopWorker(workerId: string): Promise<unknown> {
    return this.once("POST", `/workers/${workerId}/stop`, {});
  }

  async loadCheckpoint(jobId: string): Promise<Uint8Array> {
    const response = await this.fetch("GET", `/jobs/${jobId}/checkpoint`);
    return new Uint8Array(await response.arrayBuffer());
  }

  async saveCheckpoint(jobId: string, leaseId: string, data: Uint8Array): Promise<void> {
    await this.fetch("PUT", `/jobs/${jobId}/checkpoint?lease=${leaseId}`, data);
  }

  /** Repeats while the server is away, restarting or overloaded. */
  private async persist(method: string, path: string, body: unknown): Promise<unknown> {
    for (let wait = RETRY_FROM_MS; ; wait = Math.min(RETRY_TO_MS, wait * 2)) {
      try {
        return await this.once(method, path, body);
      } catch (e) {
        const final = e instanceof RefusedError && e.status < 500 && e.status !== 429;
        if (final || this.signal.aborted) throw e;
        if (wait === RETRY_FROM_MS) this.log(`server not reached (${(e as Error).message}); trying again`);
        await sleep(wait);
      }
    }
  }

  private async once(method: string, path: string, body: unknown): Promise<unknown> {
    const text = JSON.stringify(body);
    const big = text.length > 4_096;
    const response = await this.fetch(method, path, big ? gzipSync(text) : text, {
      "content-type": "application/json",
      ...(big && { "content-encoding": "gzip" }),
    });
    return response.status === 204 ? null : response.json();
  }

  private async fetch(
    method: string,
    path: string,
    body?: string | Uint8Array,
    headers?: Record<string, string>,
  ): Promise<Response> {
    const response = await fetch(`${this.server}/api/v1${path}`, {
      method,
      body: body as BodyInit | undefined,
      headers: { authorization: `Bearer ${this.key}`, ...headers },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    this.lastContact = Date.now();
    if (response.ok) return response;
    const text = await response.text();
    throw new RefusedError(response.status, `${response.status} ${messageOf(text)}`);
  }
}

/** Non-finite numbers travel as strings. */
type Wire<T> = { [K in keyof T]: T[K] extends number | null ? T[K] | string : T[K] };

function messageOf(text: string): string {
  try {
    const { error } = JSON.parse(text) as {
      error?: { message?: string; issues?: { field: string; message: string }[] };
    };
    const issues = error?.issues?.map((i) => `${i.field}: ${i.message}`).join("; ");
    return [error?.message, issues].filter(Boolean).join(": ") || text.slice(0, 200);
  } catch {
    return text.slice(0, 200);
  }
}

export const sleep = (ms: number) => new Promise<void>((r) => setTimeout(r, ms));
