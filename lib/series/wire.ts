import { BUCKET_COLUMNS, type Buckets, isExact, single } from "./buckets";

/** Media type of the binary answer. */
export const SERIES_TYPE = "application/vnd.etalon.series";

export interface SeriesAnswer {
  /** The range of x that was cut into buckets; null where no run has a point. */
  from: number | null;
  to: number | null;
  /** In the order asked. `points` have an x and lie in what was read; `withoutX` have none. */
  series: { runId: string; points: number; withoutX: number; buckets: Buckets }[];
}

interface Header {
  /** Of a series whose buckets have several points, and of one whose buckets are single points. */
  columns: (keyof Buckets)[];
  exactColumns: (keyof Buckets)[];
  from: number | null;
  to: number | null;
  series: { runId: string; points: number; withoutX: number; buckets: number; exact: boolean }[];
}

const EXACT_COLUMNS: (keyof Buckets)[] = ["x", "last"];

/**
 * Buckets of many runs as one binary body: u32 length of a JSON header, the header, padding to 8 bytes, then
 * little-endian doubles: for each series of the header its columns (`exactColumns` where it is `exact`), `buckets` of each.
 */
export function encodeSeries({ from, to, series }: SeriesAnswer): Uint8Array<ArrayBuffer> {
  const described: Header = {
    columns: [...BUCKET_COLUMNS],
    exactColumns: EXACT_COLUMNS,
    from,
    to,
    series: series.map(({ buckets, ...s }) => ({ ...s, buckets: buckets.x.length, exact: isExact(buckets) })),
  };
  const columnsOf = (i: number) => (described.series[i]!.exact ? EXACT_COLUMNS : BUCKET_COLUMNS);
  const header = new TextEncoder().encode(JSON.stringify(described));
  const start = bodyStart(header.length);
  const doubles = series.reduce((n, s, i) => n + s.buckets.x.length * columnsOf(i).length, 0);
  const out = new ArrayBuffer(start + 8 * doubles);
  new DataView(out).setUint32(0, header.length, true);
  new Uint8Array(out).set(header, 4);
  const body = new Float64Array(out, start);
  let at = 0;
  series.forEach(({ buckets }, i) => {
    for (const column of columnsOf(i)) {
      body.set(buckets[column], at);
      at += buckets[column].length;
    }
  });
  return new Uint8Array(out);
}

/** What `encodeSeries` wrote; the columns are views of `data`. Errors: a RangeError for a body that is cut short. */
export function decodeSeries(data: ArrayBuffer): SeriesAnswer {
  const length = new DataView(data).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length))) as Header;
  let at = bodyStart(length);
  const series = header.series.map(({ buckets: n, exact, ...s }) => {
    const read = {} as Buckets;
    for (const column of exact ? header.exactColumns : header.columns) {
      read[column] = new Float64Array(data, at, n);
      at += 8 * n;
    }
    return { ...s, buckets: exact ? single(read.x, read.last) : read };
  });
  return { from: header.from, to: header.to, series };
}

/** The same as JSON, for people with curl: non-finite numbers by name. */
export function seriesJson({ from, to, series }: SeriesAnswer) {
  const real = (v: number) => (Number.isFinite(v) ? v : String(v));
  return {
    from,
    to,
    series: series.map(({ buckets, ...s }) => ({
      ...s,
      ...Object.fromEntries(BUCKET_COLUMNS.map((c) => [c, Array.from(buckets[c], real)])),
    })),
  };
}

/** Doubles begin at a multiple of 8. */
const bodyStart = (headerLength: number) => Math.ceil((4 + headerLength) / 8) * 8;
