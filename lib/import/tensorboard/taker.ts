import type { RunOutput } from "../history";
import { type EventReader, Events } from "./event";
import { hparamsOf } from "./hparams";

const SUFFIX = "/text_summary";
const MOST_CHARACTERS = 100_000;
const MOST_TEXTS = 2_000;
/** Megatron-LM writes each of its arguments as a text; so many plain names are no notes. */
const MANY_NAMES = 20;
const SETTING_CHARACTERS = 500;

/** Puts what the events of one file say into a run. */
export class EventTaker implements EventReader {
  private readonly events = new Events(this);
  private readonly texts = new Map<string, string>();

  /** `sub` is the name under which `add_scalars` kept this file's values of its tag. */
  constructor(
    private readonly run: RunOutput,
    private readonly sub: string | null,
  ) {}

  record(bytes: Uint8Array, from: number, to: number): void {
    this.events.read(bytes, from, to);
  }

  scalar(tag: string, step: number, value: number, wallTime: number): void {
    const metric = this.sub === null ? tag : `${tag}/${this.sub}`;
    this.run.point(metric, step, value, Math.round(wallTime * 1000));
  }

  text(tag: string, value: string): void {
    const name = tag.endsWith(SUFFIX) ? tag.slice(0, -SUFFIX.length) : tag;
    if (value.length <= MOST_CHARACTERS && (this.texts.has(name) || this.texts.size < MOST_TEXTS))
      this.texts.set(name, value);
  }

  hparams(_tag: string, content: Uint8Array): void {
    const { kind, config, status } = hparamsOf(content);
    if (kind === "start") this.run.config(config);
    if (kind === "end" && status === 2) this.run.state = "failed";
  }

  /** All events of the file were told. */
  end(): void {
    const names = [...this.texts].filter(([name, text]) => isArgument(name, text));
    const isArguments = names.length >= MANY_NAMES;
    for (const [name, text] of this.texts) {
      const object = objectIn(text);
      if (object) this.run.config(name === "args" ? object : { [name]: object });
      else if (isArguments && isArgument(name, text)) this.run.config({ [name]: settingOf(text) });
      else this.run.summary({ [name]: text });
    }
  }
}

function isArgument(name: string, text: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name) && text.length <= SETTING_CHARACTERS && !text.includes("\n");
}

/** The Trainer of Hugging Face writes its arguments and the model's as JSON. */
function objectIn(text: string): Record<string, unknown> | null {
  if (!/^\s*\{[\s\S]*\}\s*$/.test(text)) return null;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}

/** What Python's str() of a value says. */
function settingOf(text: string): string | number | boolean | null {
  if (text === "True" || text === "False") return text === "True";
  if (text === "None") return null;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
}
