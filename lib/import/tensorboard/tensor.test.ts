import { PbfReader, PbfWriter } from "pbf";
import { expect, it } from "vitest";
import { scalarOf } from "./tensor";

interface Tensor {
  type: number;
  content?: number[];
  floats?: number[];
  doubles?: number[];
  ints?: { field: number; values: number[] };
  shape?: number[];
}

/** A TensorProto as its description says. */
function tensor({ type, content, floats, doubles, ints, shape }: Tensor): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, type);
  if (shape)
    pbf.writeMessage(
      2,
      (dims: number[], inner) => {
        for (const size of dims) inner.writeMessage(2, (n: number, dim) => dim.writeVarintField(1, n), size);
      },
      shape,
    );
  if (content) pbf.writeBytesField(4, Uint8Array.from(content));
  if (floats) pbf.writePackedFloat(5, floats);
  if (doubles) pbf.writePackedDouble(6, doubles);
  if (ints) pbf.writePackedVarint(ints.field, ints.values);
  return pbf.finish();
}

const read = (of: Tensor) => {
  const bytes = tensor(of);
  return scalarOf(new PbfReader(bytes), bytes.length);
};

it.each<[string, Tensor, number | null]>([
  ["float_val", { type: 1, floats: [0.1] }, 0.10000000149011612],
  ["double_val", { type: 2, doubles: [0.1] }, 0.1],
  ["float content", { type: 1, content: [0xcd, 0xcc, 0xcc, 0x3d] }, 0.10000000149011612],
  ["double content", { type: 2, content: [0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0x3f] }, 0.1],
  ["an infinite float", { type: 1, floats: [Number.NEGATIVE_INFINITY] }, Number.NEGATIVE_INFINITY],
  ["NaN", { type: 2, doubles: [Number.NaN] }, Number.NaN],
  ["half_val", { type: 19, ints: { field: 13, values: [0x3555] } }, 0.333251953125],
  ["half content", { type: 19, content: [0x00, 0x7c] }, Number.POSITIVE_INFINITY],
  ["the least half", { type: 19, content: [0x01, 0x80] }, -(2 ** -24)],
  ["bfloat16_val", { type: 14, ints: { field: 13, values: [0x4049] } }, 3.140625],
  ["bfloat16 content", { type: 14, content: [0x49, 0xc0] }, -3.140625],
  ["int_val", { type: 3, ints: { field: 7, values: [-7] } }, -7],
  ["int64 content", { type: 9, content: [0, 0, 0, 0, 1, 0, 0, 0] }, 2 ** 32],
  ["int64_val", { type: 9, ints: { field: 10, values: [2 ** 40] } }, 2 ** 40],
  ["a bool", { type: 10, ints: { field: 11, values: [1] } }, 1],
  ["a zero that was left out", { type: 1 }, 0],
  ["one element of rank 1", { type: 1, shape: [1], floats: [2.5] }, 2.5],
  ["several elements", { type: 1, shape: [3], floats: [1, 2, 3] }, null],
  ["no element", { type: 1, shape: [0] }, null],
  ["content of another width", { type: 1, content: [0, 0] }, null],
  ["complex numbers", { type: 8, floats: [1] }, null],
])("%s", (_, of, value) => expect(read(of)).toBe(value));
