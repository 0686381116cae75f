import type { PbfReader } from "pbf";

const MOST = 10_000;

/** Reads texts that come again and again, such as tags, without making each of them anew. */
export class Texts {
  private readonly known = new Map<number, { bytes: Uint8Array; text: string }>();

  /** The text that the reader stands at. */
  read(pbf: PbfReader): string {
    const { buf, pos } = pbf;
    const length = pbf.readVarint();
    const from = pbf.pos;
    const to = from + length;
    let hash = length;
    for (let i = from; i < to; i++) hash = (Math.imul(hash, 31) + buf[i]!) | 0;
    const own = this.known.get(hash);
    if (own && same(own.bytes, buf, from, to)) {
      pbf.pos = to;
      return own.text;
    }
    pbf.pos = pos;
    const text = pbf.readString();
    if (this.known.size < MOST) this.known.set(hash, { bytes: buf.slice(from, to), text });
    return text;
  }
}

function same(own: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (own.length !== to - from) return false;
  for (let i = 0; i < own.length; i++) if (own[i] !== bytes[from + i]) return false;
  return true;
}
