import { RefusedError, type ServerClient } from "./client";
import { LogStream } from "./log-stream";
import { MetricStream } from "./metric-stream";

/** The run was deleted, or is no longer this worker's: nothing sent to it can arrive. */
const GONE = new Set([403, 404, 409, 410]);

/** What one run of a job is sent. A run that refuses is left alone; the others of its trunk go on. */
export class RunStream {
  readonly metrics: MetricStream;
  readonly log: LogStream;
  private gone = false;

  constructor(
    private readonly client: ServerClient,
    readonly runId: string,
    writer: string,
    private readonly say: (line: string) => void,
  ) {
    const onRefused = (e: RefusedError) => this.refused(e);
    this.metrics = new MetricStream(client, runId, writer, onRefused);
    this.log = new LogStream(client, runId, onRefused);
  }

  get open(): boolean {
    return !this.gone;
  }

  async flush(): Promise<void> {
    if (this.open) await Promise.all([this.metrics.flush(), this.log.flush()]);
  }

  /** Points first, so that a finished run is whole. Returns whether the server took the result. */
  async finish(result: Parameters<ServerClient["finishRun"]>[1]): Promise<boolean> {
    await this.flush();
    if (!this.open) return false;
    return this.client.finishRun(this.runId, result).then(
      () => true,
      (e: unknown) => {
        if (!(e instanceof RefusedError)) throw e;
        this.refused(e);
        return false;
      },
    );
  }

  private refused(e: RefusedError): void {
    if (GONE.has(e.status)) this.gone = true;
    this.say(`run ${this.runId}: refused: ${e.message}`);
  }
}
