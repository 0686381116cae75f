import { LIMITS } from "../../lib/protocol";
import { RefusedError, type ServerClient } from "./client";

/** While the server is away the newest lines are kept. */
const MOST_WAITING = 20_000;
const LINE_CHARACTERS = 8_000;

interface Line {
  line: number;
  text: string;
}

/** Log lines of one run on their way to the server, in order and in parts that it accepts. */
export class LogStream {
  private waiting: Line[] = [];
  private sending: Promise<void> = Promise.resolve();

  constructor(
    private readonly client: ServerClient,
    private readonly runId: string,
    private readonly onRefused: (e: RefusedError) => void,
  ) {}

  add(line: Line): void {
    this.waiting.push(line);
    if (this.waiting.length > MOST_WAITING) this.waiting.splice(0, MOST_WAITING / 10);
  }

  /** Resolves when every line added so far is acknowledged or refused for good. */
  flush(): Promise<void> {
    if (this.waiting.length > 0) this.sending = this.sending.then(() => this.send());
    return this.sending;
  }

  private async send(): Promise<void> {
    while (this.waiting.length > 0) {
      const lines = this.waiting.splice(0, LIMITS.logLines);
      await this.client.sendLog(this.runId, lines).catch((e: unknown) => {
        if (!(e instanceof RefusedError)) throw e;
        this.onRefused(e);
      });
    }
  }
}

/** A trainer may print any bytes; the database takes neither U+0000 nor half of a surrogate pair. */
export function lineText(text: string): string {
  return Buffer.from(text.slice(0, LINE_CHARACTERS)).toString().replaceAll("\u0000", "\uFFFD");
}
