import type { Beside } from "../history";
import { HEAD_BYTES, type SourceFile, splitPath } from "../source";
import { Events } from "./event";
import { hparamsOf } from "./hparams";
import { beginsRecord, recordsIn } from "./records";

/** As programs call event files: what one holds decides, but one that holds no event is said to be broken. */
const NAME = /(^|[._])tfevents([._]|$)/;
const PACKED = /\.(gz|zst|zip|csv|json|txt|md)$/i;
const MARK = "brain.Event:";

export function isEventFile({ path }: SourceFile, head: Uint8Array): boolean {
  const { name } = splitPath(path);
  if (NAME.test(name) && !PACKED.test(name)) return true;
  return beginsRecord(head) && new TextDecoder("latin1").decode(head.subarray(12, 200)).includes(MARK);
}

/** The folder of the run that a file is part of. */
export function homeOf(file: SourceFile, head: Uint8Array, beside: Beside): string {
  const { folder } = splitPath(file.path);
  if (folder === "") return "";
  const above = splitPath(folder).folder;
  const hasEvents = beside.names(above).some((name) => NAME.test(name) && !PACKED.test(name));
  return hasEvents && beginningOf(file, head).part !== null ? above : folder;
}

/** What the beginning of a file says of the whole. */
export interface Beginning {
  /**
   * What it is of the run in the folder above: values of one tag (`add_scalars` makes a folder
   * `<tag, its / as _>_<name>` for each name), or a session with its settings (`add_hparams` does); null for neither.
   */
  part: { tag: string; name: string } | "session" | null;
  /** Seconds since 1970; NaN where it has no event. */
  firstTime: number;
}

export function beginningOf({ path, size }: SourceFile, head: Uint8Array): Beginning {
  const points = new Map<string, number>();
  let firstTime = Number.NaN;
  let sessions = 0;
  const events = new Events({
    event: (time) => {
      if (Number.isNaN(firstTime)) firstTime = time;
    },
    scalar: (tag) => void points.set(tag, (points.get(tag) ?? 0) + 1),
    text: (tag) => void points.set(tag, 2),
    hparams: (_, content) => {
      const { kind } = hparamsOf(content);
      // Begun and ended before its values: what trains afterwards keeps its session open.
      if (points.size === 0 && (kind === "start" || kind === "end")) sessions++;
    },
  });
  try {
    recordsIn(head, 0, { record: (bytes, from, to) => events.read(bytes, from, to), problem: () => {} });
  } catch {
    return { part: null, firstTime };
  }
  const { name } = splitPath(splitPath(path).folder);
  const [tag] = points.keys();
  const prefix = tag === undefined ? "" : `${tag.replaceAll("/", "_")}_`;
  if (tag !== undefined && points.size === 1 && name.startsWith(prefix) && name.length > prefix.length)
    return { part: { tag, name: name.slice(prefix.length) }, firstTime };
  const isSession = sessions >= 2 && size <= HEAD_BYTES && [...points.values()].every((n) => n === 1);
  return { part: isSession ? "session" : null, firstTime };
}
