import { PbfReader } from "pbf";

export type Setting = string | number | boolean | null;

/** What an HParamsPluginData says. */
export interface HParams {
  kind: "experiment" | "start" | "end" | "other";
  config: Record<string, Setting>;
  /** Why a session ended: 1 success, 2 failure, 3 running; 0 unknown. */
  status: number;
  /** Seconds since 1970. */
  startedAt: number | null;
}

/** The content that the plugin "hparams" keeps in a summary's metadata. */
export function hparamsOf(content: Uint8Array): HParams {
  const pbf = new PbfReader(content);
  const read: HParams = { kind: "other", config: {}, status: 0, startedAt: null };
  for (let field = pbf.nextField(); field !== 0; field = pbf.nextField()) {
    if (field === 2) read.kind = "experiment";
    else if (field === 3) {
      read.kind = "start";
      start(pbf, pbf.readVarint() + pbf.pos, read);
    } else if (field === 4) {
      read.kind = "end";
      const end = pbf.readVarint() + pbf.pos;
      for (let f = pbf.nextField(end); f !== 0; f = pbf.nextField(end)) if (f === 1) read.status = pbf.readVarint();
    }
  }
  return read;
}

function start(pbf: PbfReader, end: number, read: HParams): void {
  for (let field = pbf.nextField(end); field !== 0; field = pbf.nextField(end)) {
    if (field === 5) read.startedAt = pbf.readDouble();
    if (field !== 1) continue;
    const to = pbf.readVarint() + pbf.pos;
    let name = "";
    let value: Setting = null;
    for (let f = pbf.nextField(to); f !== 0; f = pbf.nextField(to)) {
      if (f === 1) name = pbf.readString();
      else if (f === 2) value = settingOf(pbf, pbf.readVarint() + pbf.pos);
    }
    Object.defineProperty(read.config, name, { value, enumerable: true, writable: true, configurable: true });
  }
}

/** A google.protobuf.Value; lists and structures are none that the plugin writes. */
function settingOf(pbf: PbfReader, end: number): Setting {
  let value: Setting = null;
  for (let field = pbf.nextField(end); field !== 0; field = pbf.nextField(end)) {
    if (field === 2) value = pbf.readDouble();
    else if (field === 3) value = pbf.readString();
    else if (field === 4) value = pbf.readBoolean();
  }
  return value;
}
