import { deflateRawSync, inflateRawSync } from "node:zlib";

/**
 * Packs doubles so that they come back to the same bits (any NaN as the one NaN). The first byte says how:
 * constant, arithmetic progression, integers (second differences as variable-length integers, deflated), or the byte
 * planes of float32 (where exact) or float64: a count, so many of the lowest planes as they are, the others deflated
 * together.
 */
const CONSTANT = 0;
const PROGRESSION = 1;
const INTEGERS = 2;
const PLANES32 = 7;
const PLANES64 = 8;
/** Without the count, as earlier versions wrote them (5 and 6 have no plane deflated). */
const DEFLATED32 = 3;
const DEFLATED64 = 4;
const RAW32 = 5;

/** Fast rather than small: compaction runs beside ingest. */
const LEVEL = 3;

/**
 * A plane whose first `SAMPLE` bytes deflate to more than this share is noise: it gains nothing and is slow to inflate.
 */
const NOISE = 0.85;
const SAMPLE = 1_024;

export function pack(values: Float64Array): Buffer {
  const n = values.length;
  if (n === 0) return Buffer.from([CONSTANT, 0, 0, 0, 0, 0, 0, 0, 0]);
  const progression = asProgression(values);
  if (progression) return progression;
  const floats = packFloats(values);
  const integers = allIntegers(values)
    ? Buffer.concat([Buffer.from([INTEGERS]), deflated(secondDifferences(values))])
    : null;
  return integers && integers.length < floats.length ? integers : floats;
}

/** The `n` doubles that were packed. */
export function unpack(data: Buffer, n: number): Float64Array {
  const out = new Float64Array(n);
  unpackInto(data, out);
  return out;
}

/** Fills `out` with the doubles that were packed; there must be as many. */
export function unpackInto(data: Buffer, out: Float64Array): void {
  const n = out.length;
  const kind = data[0] ?? -1;
  if (kind < CONSTANT || kind > PLANES64) throw damaged(`its kind is ${kind}`);
  if (kind === CONSTANT) out.fill(data.readDoubleLE(1));
  else if (kind === PROGRESSION) {
    const [first, stride] = [data.readDoubleLE(1), data.readDoubleLE(9)];
    for (let i = 0; i < n; i++) out[i] = first + i * stride;
  } else if (kind === INTEGERS)
    fromSecondDifferences(inflateRawSync(data.subarray(1), { maxOutputLength: 8 * n + 64 }), out);
  else {
    const width = kind === PLANES32 || kind === DEFLATED32 || kind === RAW32 ? 4 : 8;
    const planes = planesOf(data, n, width);
    if (width === 4) fromPlanes32(planes, out);
    else fromPlanes64(planes, out);
  }
}

/** The byte planes, the lowest first. */
function planesOf(data: Buffer, n: number, width: number): Buffer[] {
  const kind = data[0]!;
  const counted = kind === PLANES32 || kind === PLANES64;
  const plain = counted ? data[1]! : kind === DEFLATED32 || kind === DEFLATED64 ? 0 : width;
  const asTheyAre = data.subarray(counted ? 2 : 1);
  const packed = asTheyAre.subarray(plain * n);
  const size = (width - plain) * n;
  // With room for more than all, inflating takes one buffer and one call.
  const rest = plain < width ? inflateRawSync(packed, { chunkSize: size + 64, maxOutputLength: size + 64 }) : packed;
  if (asTheyAre.length < plain * n || rest.length !== size) throw damaged(`it does not hold ${n} points`);
  return Array.from({ length: width }, (_, b) => {
    const [source, at] = b < plain ? [asTheyAre, b * n] : [rest, (b - plain) * n];
    return source.subarray(at, at + n);
  });
}

function damaged(why: string): Error {
  return new Error(`a chunk of stored points is damaged: ${why}`);
}

const WORDS = new Int32Array(2);
const SINGLE = new Float32Array(WORDS.buffer, 0, 1);
const DOUBLE = new Float64Array(WORDS.buffer);

function fromPlanes32([a, b, c, d]: Buffer[], out: Float64Array): void {
  for (let i = 0; i < out.length; i++) {
    WORDS[0] = a![i]! | (b![i]! << 8) | (c![i]! << 16) | (d![i]! << 24);
    out[i] = SINGLE[0]!;
  }
}

function fromPlanes64([a, b, c, d, e, f, g, h]: Buffer[], out: Float64Array): void {
  for (let i = 0; i < out.length; i++) {
    WORDS[0] = a![i]! | (b![i]! << 8) | (c![i]! << 16) | (d![i]! << 24);
    WORDS[1] = e![i]! | (f![i]! << 8) | (g![i]! << 16) | (h![i]! << 24);
    out[i] = DOUBLE[0]!;
  }
}

/** Constant or first + i * stride, where that gives the same bits; null elsewhere. */
function asProgression(values: Float64Array): Buffer | null {
  const first = values[0]!;
  const stride = values.length > 1 ? values[1]! - first : 0;
  const constant = Object.is(values[1] ?? first, first);
  for (let i = 0; i < values.length; i++) {
    const expected = constant ? first : first + i * stride;
    if (!Object.is(values[i], expected)) return null;
  }
  const out = Buffer.alloc(constant ? 9 : 17);
  out[0] = constant ? CONSTANT : PROGRESSION;
  out.writeDoubleLE(first, 1);
  if (!constant) out.writeDoubleLE(stride, 9);
  return out;
}

/** Second differences of integers up to 2^53 stay below 2^55; half of that, to be exact in doubles, is asked for. */
function allIntegers(values: Float64Array): boolean {
  for (const v of values) if (!Number.isInteger(v) || Math.abs(v) > 2 ** 50 || Object.is(v, -0)) return false;
  return true;
}

function secondDifferences(values: Float64Array): Uint8Array {
  const out = new Uint8Array(values.length * 8);
  let at = 0;
  let [before, step] = [0, 0];
  for (const v of values) {
    const difference = v - before - step;
    step = v - before;
    before = v;
    let zigzag = difference >= 0 ? difference * 2 : -difference * 2 - 1;
    while (zigzag >= 128) {
      out[at++] = (zigzag % 128) + 128;
      zigzag = Math.floor(zigzag / 128);
    }
    out[at++] = zigzag;
  }
  return out.subarray(0, at);
}

function fromSecondDifferences(bytes: Uint8Array, out: Float64Array): void {
  let at = 0;
  let [value, step] = [0, 0];
  for (let i = 0; i < out.length; i++) {
    let [zigzag, scale] = [0, 1];
    for (;;) {
      const byte = bytes[at++];
      if (byte === undefined) throw damaged(`it does not hold ${out.length} points`);
      zigzag += (byte & 127) * scale;
      if (byte < 128) break;
      scale *= 128;
    }
    step += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    value += step;
    out[i] = value;
  }
  if (at !== bytes.length) throw damaged(`it holds more than ${out.length} points`);
}

function packFloats(values: Float64Array): Buffer {
  const single = Float32Array.from(values);
  const exact = values.every((v, i) => Object.is(single[i], v));
  const width = exact ? 4 : 8;
  const n = values.length;
  const source = exact ? single : values.slice();
  const bytes = new Uint8Array(source.buffer, source.byteOffset, n * width);
  const planes = new Uint8Array(n * width);
  for (let b = 0; b < width; b++) {
    const plane = b * n;
    for (let i = 0, at = b; i < n; i++, at += width) planes[plane + i] = bytes[at]!;
  }
  let plain = 0;
  while (plain < width && isNoise(planes.subarray(plain * n, plain * n + n))) plain++;
  const head = Buffer.from([exact ? PLANES32 : PLANES64, plain]);
  if (plain === width) return Buffer.concat([head, planes]);
  return Buffer.concat([head, planes.subarray(0, plain * n), deflated(planes.subarray(plain * n))]);
}

function isNoise(plane: Uint8Array): boolean {
  const sample = plane.subarray(0, SAMPLE);
  return deflated(sample).length > NOISE * sample.length;
}

function deflated(bytes: Uint8Array): Buffer {
  return deflateRawSync(bytes, { level: LEVEL });
}
