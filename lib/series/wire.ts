import { BUCKET_COLUMNS, type Buckets, type Columns, type Cut, single, whole } from "./buckets";

/** Media type of the binary answer. */
export const SERIES_TYPE = "application/vnd.etalon.series";

export interface SeriesAnswer {
  /** The range that was cut into buckets, in steps, tokens or milliseconds as x is; null where no run has a point. */
  from: number | null;
  to: number | null;
  /** In the order asked. `points` have an x and lie in what was read; `withoutX` have none. */
  series: { runId: string; points: number; withoutX: number; buckets: Buckets }[];
}

/** The same before any values were looked at. */
export interface PendingAnswer extends Omit<SeriesAnswer, "series"> {
  series: (Pick<Cut, "size" | "exact"> &
    Omit<SeriesAnswer["series"][number], "buckets"> & { columns: () => Columns })[];
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

/** Columns are put together until a part has as many bytes. */
const PART_BYTES = 256 * 1024;

/**
 * Buckets of many runs as one binary body: u32 length of a JSON header, the header, padding to 8 bytes, then
 * little-endian doubles: for each series of the header its columns (`exactColumns` where it is `exact`), `buckets` of
 * each. It comes in parts, so that the first can be on its way while the values of the next are looked at.
 */
export function* encodeSeries({ from, to, series }: PendingAnswer): Generator<Uint8Array<ArrayBuffer>> {
  yield encodeHeader({
    columns: [...BUCKET_COLUMNS],
    exactColumns: EXACT_COLUMNS,
    from,
    to,
    series: series.map(({ size, exact, columns: _, ...s }) => ({ ...s, buckets: size, exact })),
  });
  const pieces = series.flatMap((of) => columnsOf(of).map((name) => ({ of, name })));
  let [current, columns]: [PendingAnswer["series"][number] | null, Columns | null] = [null, null];
  for (let next = 0; next < pieces.length; ) {
    const first = next;
    let doubles = 0;
    while (next < pieces.length && 8 * doubles < PART_BYTES) doubles += pieces[next++]!.of.size;
    const part = new Float64Array(doubles);
    let at = 0;
    for (const { of, name } of pieces.slice(first, next)) {
      if (of !== current) [current, columns] = [of, of.columns()];
      part.set(columns![name]!, at);
      at += of.size;
    }
    if (doubles > 0) yield new Uint8Array(part.buffer);
  }
}

function columnsOf({ exact }: { exact: boolean }): readonly (keyof Buckets)[] {
  return exact ? EXACT_COLUMNS : BUCKET_COLUMNS;
}

function encodeHeader(described: Header): Uint8Array<ArrayBuffer> {
  const header = new TextEncoder().encode(JSON.stringify(described));
  const out = new Uint8Array(bodyStart(header.length));
  new DataView(out.buffer).setUint32(0, header.length, true);
  out.set(header, 4);
  return out;
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
export function seriesJson({ from, to, series }: PendingAnswer) {
  const real = (v: number) => (Number.isFinite(v) ? v : String(v));
  return {
    from,
    to,
    series: series.map(({ size: _size, exact, columns, ...s }) => {
      const buckets = whole(exact, columns());
      return { ...s, ...Object.fromEntries(BUCKET_COLUMNS.map((c) => [c, Array.from(buckets[c], real)])) };
    }),
  };
}

/** Doubles begin at a multiple of 8. */
const bodyStart = (headerLength: number) => Math.ceil((4 + headerLength) / 8) * 8;
