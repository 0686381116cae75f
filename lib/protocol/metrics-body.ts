/** The binary body of a metrics batch (docs/api.md). */
export const METRICS_TYPE = "application/vnd.etalon.metrics";

/** Where points lie: optimiser steps, tokens seen, times in milliseconds since 1970; null where they are not known. */
export interface BatchAxis {
  steps: Float64Array;
  tokens: Float64Array | null;
  times: Float64Array | null;
}

export interface EncodedBatch {
  writer: string;
  seq: number;
  rewindTo: number | null;
  axes: readonly BatchAxis[];
  /** Each with the place of its axis. */
  series: readonly { metric: string; axis: number; values: Float64Array }[];
}

/** The bytes of a batch: the length of a header, the header as JSON, padding to 8 bytes, little-endian doubles. */
export function encodeBatch({ writer, seq, rewindTo, axes, series }: EncodedBatch): Uint8Array<ArrayBuffer> {
  const header = new TextEncoder().encode(
    JSON.stringify({
      writer,
      seq,
      ...(rewindTo !== null && { rewindTo }),
      axes: axes.map((a) => ({ points: a.steps.length, tokens: a.tokens !== null, times: a.times !== null })),
      series: series.map(({ metric, axis }) => ({ metric, axis })),
    }),
  );
  const columns = [
    ...axes.flatMap((a) => [a.steps, a.tokens ?? [], a.times ?? []]),
    ...series.map(({ values }) => values),
  ];
  const start = Math.ceil((4 + header.length) / 8) * 8;
  const body = new Uint8Array(start + 8 * columns.reduce((n, column) => n + column.length, 0));
  const view = new DataView(body.buffer);
  view.setUint32(0, header.length, true);
  body.set(header, 4);
  let at = start;
  for (const column of columns)
    for (const value of column) {
      view.setFloat64(at, value, true);
      at += 8;
    }
  return body;
}
