import { PbfReader } from "pbf";
import { scalarOf } from "./tensor";
import { Texts } from "./texts";

/** What events say, in the order in which they say it. */
export interface EventReader {
  event?(wallTime: number): void;
  scalar(tag: string, step: number, value: number, wallTime: number): void;
  text(tag: string, value: string): void;
  /** What the plugin "hparams" keeps with a tag. */
  hparams(tag: string, content: Uint8Array): void;
}

/** What one value of a summary says; used again for each. */
interface Value {
  tag: string;
  simple: number | null;
  tensor: number | string | null;
  plugin: string | null;
  content: Uint8Array | null;
}

/** Reads the events of one file. What a tag is of, only its first event needs to say. */
export class Events {
  private readonly plugins = new Map<string, string>();
  private readonly texts = new Texts();
  private pbf: PbfReader | null = null;
  private readonly value: Value = { tag: "", simple: null, tensor: null, plugin: null, content: null };

  constructor(private readonly reader: EventReader) {}

  /** An Event in the bytes from `from` up to `to`; throws an Error where they are none. */
  read(bytes: Uint8Array, from: number, to: number): void {
    if (this.pbf?.buf !== bytes) this.pbf = new PbfReader(bytes);
    const pbf = this.pbf;
    pbf.pos = from;
    let wallTime = Number.NaN;
    let step = 0;
    // Fields may come in any order: summaries wait until time and step are known.
    let summary = -1;
    let summaryEnd = -1;
    for (let field = pbf.nextField(to); field !== 0; field = pbf.nextField(to)) {
      if (field === 1) wallTime = pbf.readDouble();
      else if (field === 2) step = pbf.readVarint(true);
      else if (field === 5) {
        summaryEnd = pbf.readVarint() + pbf.pos;
        summary = pbf.pos;
        if (summaryEnd > to) throw new Error("it is no event");
        pbf.pos = summaryEnd;
      }
    }
    this.reader.event?.(wallTime);
    if (summary < 0) return;
    pbf.pos = summary;
    for (let field = pbf.nextField(summaryEnd); field !== 0; field = pbf.nextField(summaryEnd)) {
      if (field === 1) this.readValue(pbf, pbf.readVarint() + pbf.pos, step, wallTime);
    }
  }

  private readValue(pbf: PbfReader, end: number, step: number, wallTime: number): void {
    const { value } = this;
    value.tag = "";
    value.simple = value.tensor = value.plugin = value.content = null;
    for (let field = pbf.nextField(end); field !== 0; field = pbf.nextField(end)) {
      if (field === 1) value.tag = this.texts.read(pbf);
      else if (field === 2) value.simple = pbf.readFloat();
      else if (field === 8) {
        const to = pbf.readVarint() + pbf.pos;
        value.tensor = scalarOf(pbf, to);
        pbf.pos = to;
      } else if (field === 9) this.readMetadata(pbf, pbf.readVarint() + pbf.pos);
    }
    this.tell(step, wallTime);
  }

  private readMetadata(pbf: PbfReader, end: number): void {
    for (let field = pbf.nextField(end); field !== 0; field = pbf.nextField(end)) {
      if (field !== 1) continue;
      const to = pbf.readVarint() + pbf.pos;
      this.value.plugin = "";
      for (let f = pbf.nextField(to); f !== 0; f = pbf.nextField(to)) {
        if (f === 1) this.value.plugin = this.texts.read(pbf);
        else if (f === 2) this.value.content = pbf.readBytes();
      }
    }
  }

  private tell(step: number, wallTime: number): void {
    const { tag, simple, tensor, plugin, content } = this.value;
    if (simple !== null) {
      this.reader.scalar(tag, step, simple, wallTime);
      return;
    }
    if (plugin !== null) this.plugins.set(tag, plugin);
    const of = plugin ?? this.plugins.get(tag) ?? null;
    if (of === "hparams") {
      if (content) this.reader.hparams(tag, content);
    } else if (typeof tensor === "string") {
      if (of === "text" || of === null) this.reader.text(tag, tensor);
    } else if (tensor !== null && (of === "scalars" || of === null || of === "")) {
      this.reader.scalar(tag, step, tensor, wallTime);
    }
  }
}
