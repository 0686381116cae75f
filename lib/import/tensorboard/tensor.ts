import type { PbfReader } from "pbf";

/** Types of TensorFlow's types.proto. */
const FLOAT = 1;
const DOUBLE = 2;
const STRING = 7;
const BFLOAT16 = 14;
const HALF = 19;

/** How the one element of a tensor of a type lies in `tensor_content`. */
const CONTENT: Readonly<Record<number, (view: DataView) => number>> = {
  [FLOAT]: (v) => v.getFloat32(0, true),
  [DOUBLE]: (v) => v.getFloat64(0, true),
  3: (v) => v.getInt32(0, true),
  4: (v) => v.getUint8(0),
  5: (v) => v.getInt16(0, true),
  6: (v) => v.getInt8(0),
  9: (v) => Number(v.getBigInt64(0, true)),
  10: (v) => v.getUint8(0),
  [BFLOAT16]: (v) => bfloat16(v.getUint16(0, true)),
  17: (v) => v.getUint16(0, true),
  [HALF]: (v) => half(v.getUint16(0, true)),
  22: (v) => v.getUint32(0, true),
  23: (v) => Number(v.getBigUint64(0, true)),
};
const WIDTH: Readonly<Record<number, number>> = {
  [FLOAT]: 4,
  [DOUBLE]: 8,
  3: 4,
  4: 1,
  5: 2,
  6: 1,
  9: 8,
  10: 1,
  [BFLOAT16]: 2,
  17: 2,
  [HALF]: 2,
  22: 4,
  23: 8,
};

/**
 * The one element of a TensorProto that the reader stands at and that ends at `end`: a number or a text; null for a
 * tensor of several elements, or of none.
 */
export function scalarOf(pbf: PbfReader, end: number): number | string | null {
  let type = 0;
  let content: Uint8Array | null = null;
  let text: string | null = null;
  let elements = 1;
  const numbers: number[] = [];
  for (let field = pbf.nextField(end); field !== 0; field = pbf.nextField(end)) {
    if (field === 1) type = pbf.readVarint();
    else if (field === 2) elements = elementsOf(pbf, pbf.readVarint() + pbf.pos);
    else if (field === 4) content = pbf.readBytes();
    else if (field === 5) pbf.readPackedFloat(numbers);
    else if (field === 6) pbf.readPackedDouble(numbers);
    else if (field === 7 || field === 10) pbf.readPackedVarint(numbers, true);
    else if (field === 8) text ??= pbf.readString();
    else if (field === 11 || field === 13 || field === 16 || field === 17) pbf.readPackedVarint(numbers);
  }
  if (elements !== 1) return null;
  if (type === STRING) return text;
  const read = CONTENT[type];
  if (!read) return null;
  if (content) {
    if (content.length !== WIDTH[type]) return null;
    return read(new DataView(content.buffer, content.byteOffset, content.length));
  }
  const [value] = numbers;
  // A proto without the zero that it has: nothing is written where the only value is the field's default.
  if (value === undefined) return 0;
  return type === HALF ? half(value) : type === BFLOAT16 ? bfloat16(value) : value;
}

function elementsOf(pbf: PbfReader, end: number): number {
  let elements = 1;
  for (let field = pbf.nextField(end); field !== 0; field = pbf.nextField(end)) {
    if (field !== 2) continue;
    const of = pbf.readVarint() + pbf.pos;
    let size = 0;
    for (let f = pbf.nextField(of); f !== 0; f = pbf.nextField(of)) if (f === 1) size = pbf.readVarint(true);
    elements *= size;
  }
  return elements;
}

function bfloat16(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits << 16);
  return view.getFloat32(0);
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
