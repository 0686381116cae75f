import { encodeReal } from "../../lib/protocol";
import { RefusedError, type ServerClient } from "./client";

type Real = ReturnType<typeof encodeReal>;

interface Buffer {
  steps: number[];
  values: Real[];
  tokens: number[];
  times: number[];
}

/**
 * Points of one run on their way to the server, in numbered batches: a batch is repeated until it is acknowledged. One
 * that is refused for good is told to `onRefused` and left out; the later ones go on.
 */
export class MetricStream {
  private series = new Map<string, Buffer>();
  private points = 0;
  private seq = 0;
  private rewindTo: number | null = null;
  private sending: Promise<void> = Promise.resolve();

  constructor(
    private readonly client: ServerClient,
    readonly runId: string,
    private readonly writer: string,
    private readonly onRefused: (e: RefusedError) => void,
  ) {}

  add(metric: string, point: { step: number; value: number; tokens: number; time: number }): void {
    let s = this.series.get(metric);
    if (!s) {
      s = { steps: [], values: [], tokens: [], times: [] };
      this.series.set(metric, s);
    }
    s.steps.push(point.step);
    s.values.push(encodeReal(point.value));
    s.tokens.push(point.tokens);
    s.times.push(point.time);
    this.points += 1;
    if (this.points >= 5_000) void this.flush().catch(() => {});
  }

  /** The run goes back to its beginning: what was sent so far is hidden. */
  restart(): void {
    void this.flush().catch(() => {});
    this.rewindTo = 0;
  }

  /** Resolves when everything added so far is acknowledged or refused for good. */
  flush(): Promise<void> {
    if (this.points > 0 || this.rewindTo !== null) {
      const batch = {
        writer: this.writer,
        seq: this.seq++,
        ...(this.rewindTo !== null && { rewindTo: this.rewindTo }),
        series: [...this.series].map(([metric, s]) => ({ metric, ...s })),
      };
      this.series = new Map();
      this.points = 0;
      this.rewindTo = null;
      this.sending = this.sending.then(async () => {
        await this.client.sendMetrics(this.runId, batch).catch((e: unknown) => {
          if (!(e instanceof RefusedError)) throw e;
          this.onRefused(e);
        });
      });
    }
    return this.sending;
  }
}
