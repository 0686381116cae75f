import { BUCKET_COLUMNS } from "@/lib/series";
import type { SeriesAnswer } from "./series";

export const SERIES_TYPE = "application/vnd.etalon.series";

/**
 * Buckets of many runs as one binary body: u32 length of a JSON header, the header, padding to 8 bytes, then
 * little-endian doubles: for each series of the header its `x, min, max, last, count, nonFinite`, `buckets` of each.
 */
export function encodeSeries({ from, to, series }: SeriesAnswer): Uint8Array {
  const header = Buffer.from(
    JSON.stringify({
      columns: BUCKET_COLUMNS,
      from,
      to,
      series: series.map(({ runId, points, withoutX, buckets }) => ({
        runId,
        points,
        withoutX,
        buckets: buckets.x.length,
      })),
    }),
  );
  const start = Math.ceil((4 + header.length) / 8) * 8;
  const doubles = series.reduce((n, s) => n + s.buckets.x.length * BUCKET_COLUMNS.length, 0);
  const out = new ArrayBuffer(start + 8 * doubles);
  new DataView(out).setUint32(0, header.length, true);
  new Uint8Array(out).set(header, 4);
  const body = new Float64Array(out, start);
  let at = 0;
  for (const { buckets } of series) {
    for (const column of BUCKET_COLUMNS) {
      body.set(buckets[column], at);
      at += buckets[column].length;
    }
  }
  return new Uint8Array(out);
}

/** The same as JSON, for people with curl: non-finite numbers by name. */
export function seriesJson({ from, to, series }: SeriesAnswer) {
  const real = (v: number) => (Number.isFinite(v) ? v : String(v));
  return {
    from,
    to,
    series: series.map(({ runId, points, withoutX, buckets }) => ({
      runId,
      points,
      withoutX,
      ...Object.fromEntries(BUCKET_COLUMNS.map((c) => [c, Array.from(buckets[c], real)])),
    })),
  };
}
