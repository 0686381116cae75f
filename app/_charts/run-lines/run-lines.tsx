"use client";

import type { ECharts } from "echarts/core";
import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { Chart, type ChartTable } from "../chart";
import type { ChartTheme } from "../theme";
import { type Area, along, type Frame, type LineX, limits, type RunLine, valueAt, xPixels } from "./lines";
import { useCursorLink } from "./linked";
import { bucketAt, type Spot } from "./nearest";
import { formatOf, runLinesOption, X_NAMES } from "./option";
import { attachOverlay, type Drawn, type Overlay, scaled, shifted } from "./overlay";

interface Props {
  title: string;
  lines: readonly RunLine[];
  x: LineX;
  logX: boolean;
  logY: boolean;
  range: { from: number; to: number } | null;
  full: boolean;
  yName: string;
  formatY: (v: number, digits?: number) => string;
  note?: ReactNode;
  /** Said over the plot where there is nothing to draw. */
  message?: ReactNode;
  controls?: ReactNode;
  height?: number;
  onZoom: (range: { from: number; to: number } | null) => void;
  onSelect?: (runId: string) => void;
}

/** What the option was last made of. */
type Shown = Omit<Drawn, "area">;

const MINUTE_MS = 60_000;

/**
 * Curves of up to a thousand runs on one canvas: nearest-line hover, drag to zoom, a cursor shared with linked charts.
 */
export function RunLines(props: Props) {
  const { title, lines, x, logX, logY, range, full, yName, formatY, note, message, controls, height = 280 } = props;
  const room = x === "time" ? MINUTE_MS : undefined;
  const frame = useMemo(() => limits({ lines, logX, logY, range, full, room }), [lines, logX, logY, range, full, room]);
  const area = useRef<Area | null>(null);
  const drawn = useRef<Shown | null>(null);
  const { overlay, spot, at, point } = usePointed(lines, frame, drawn);
  const handlers = useRef({ onZoom: props.onZoom, onSelect: props.onSelect });
  handlers.current = { onZoom: props.onZoom, onSelect: props.onSelect };

  const option = useCallback(
    (theme: ChartTheme) => {
      drawn.current = { lines, frame, theme };
      const placed = (place: Area) => {
        area.current = { x: place.x, y: place.y, width: place.width, height: place.height };
      };
      return runLinesOption({ lines, frame, x, yName, formatY, placed }, theme);
    },
    [lines, frame, x, yName, formatY],
  );
  const read = useCallback(
    (): Drawn | null => (drawn.current && area.current ? { ...drawn.current, area: area.current } : null),
    [],
  );
  const attach = useCallback(
    (chart: ECharts) => {
      const made = attachOverlay(chart, read, {
        hover: point,
        select: (runId) => handlers.current.onSelect?.(runId),
        zoom: (r) => handlers.current.onZoom(r),
      });
      overlay.current = made;
      return () => {
        overlay.current = null;
        made.dispose();
      };
    },
    [read, point, overlay],
  );

  const onKeyDown = (event: KeyboardEvent) => {
    const here = read();
    if (!here || event.ctrlKey || event.metaKey || event.altKey) return;
    const handled = keyed(event.key, event.shiftKey, here, spot);
    if (!handled) return;
    event.preventDefault();
    if (handled.spot !== undefined) point(handled.spot);
    if (handled.zoom !== undefined) props.onZoom(handled.zoom);
    if (handled.open && spot) props.onSelect?.(here.lines[spot.line]!.runId);
  };

  const above = frame.above > 0 ? `${frame.above} ${frame.above === 1 ? "value" : "values"} above the view` : null;
  return (
    <Chart
      title={title}
      option={option}
      table={() => tableOf(lines, x, yName)}
      height={height}
      controls={controls}
      attach={attach}
      drawn={() => performance.mark("etalon:lines-drawn", { detail: { title, lines: lines.length } })}
      onKeyDown={onKeyDown}
      onBlur={() => point(null)}
      note={
        note || above ? (
          <>
            {note}
            {note && above && " · "}
            {above}
          </>
        ) : undefined
      }
      overlay={
        <>
          {message && (
            <div className="absolute inset-0 flex items-center justify-center p-6 text-center text-sm text-muted">
              <div>{message}</div>
            </div>
          )}
          {at && <Readout line={at.line} bucket={at.bucket} x={x} formatY={formatY} place={placeOf(at, read())} />}
        </>
      }
    />
  );
}

/** What is pointed at here, or on a chart that shares its cursor; stays over new points, another zoom, other runs. */
function usePointed(lines: readonly RunLine[], frame: Frame, drawn: RefObject<Shown | null>) {
  const overlay = useRef<Overlay | null>(null);
  const [spot, setSpot] = useState<Spot | null>(null);
  const link = useCursorLink();
  const self = useRef({});
  const point = useCallback(
    (next: Spot | null) => {
      setSpot((old) => (old?.line === next?.line && old?.bucket === next?.bucket ? old : next));
      overlay.current?.show(next);
      const line = next && drawn.current?.lines[next.line];
      link?.set(line ? { x: line.buckets.x[next.bucket]!, runId: line.runId } : null, self.current);
    },
    [link, drawn],
  );
  useEffect(
    () =>
      link?.subscribe((cursor, source) => {
        if (source === self.current) return;
        const shown = cursor && drawn.current;
        const next = shown ? spotOf(cursor, shown.lines, shown.frame) : null;
        setSpot(next);
        overlay.current?.show(next, shown ? cursor.x : null);
      }),
    [link, drawn],
  );
  const pointed = useRef<Pointed | null>(null);
  useEffect(() => {
    const next = pointed.current && spotOf(pointed.current, lines, frame);
    setSpot(next);
    overlay.current?.show(next);
  }, [lines, frame]);
  const at = spot && lines[spot.line] ? { line: lines[spot.line]!, bucket: spot.bucket } : null;
  pointed.current = at && { runId: at.line.runId, x: at.line.buckets.x[at.bucket]! };
  return { overlay, spot, at, point };
}

interface Pointed {
  runId: string;
  x: number;
}

/** Where that is among some lines; null where it is not there. */
function spotOf({ runId, x }: Pointed, lines: readonly RunLine[], frame: Frame): Spot | null {
  const index = lines.findIndex((l) => l.runId === runId);
  const bucket = index < 0 ? null : bucketAt(lines[index]!, x, frame.x.log);
  return bucket === null ? null : { line: index, bucket };
}

/** What the keys do: walk along a line, to the next line up or down, zoom, pan, open, let go. */
function keyed(
  key: string,
  shift: boolean,
  here: Drawn,
  spot: Spot | null,
): { spot?: Spot | null; zoom?: { from: number; to: number } | null; open?: boolean } | null {
  const { lines, frame, area } = here;
  const current = spot && lines[spot.line] ? spot : null;
  const centre = current ? lines[current.line]!.buckets.x[current.bucket]! : valueAtMiddle(here);
  if (key === "Escape") return { spot: null };
  if (key === "Enter") return current ? { open: true } : null;
  if (key === "+" || key === "=") return { zoom: scaled(frame, 0.5, centre) };
  if (key === "-") return { zoom: scaled(frame, 2, centre) };
  if (key === "0") return { zoom: null };
  if (shift && key === "ArrowLeft") return { zoom: shifted(frame, area, area.width / 4) };
  if (shift && key === "ArrowRight") return { zoom: shifted(frame, area, -area.width / 4) };
  if (!key.startsWith("Arrow") && key !== "Home" && key !== "End") return null;
  if (!current) {
    const first = lines.findIndex((l) => l.buckets.x.length > 0);
    const bucket = first < 0 ? null : bucketAt(lines[first]!, centre, frame.x.log);
    return bucket === null ? null : { spot: { line: first, bucket } };
  }
  const length = lines[current.line]!.buckets.x.length;
  if (key === "Home") return { spot: { ...current, bucket: 0 } };
  if (key === "End") return { spot: { ...current, bucket: length - 1 } };
  if (key === "ArrowLeft") return { spot: { ...current, bucket: Math.max(0, current.bucket - 1) } };
  if (key === "ArrowRight") return { spot: { ...current, bucket: Math.min(length - 1, current.bucket + 1) } };
  return { spot: neighbour(lines, current, key === "ArrowUp", frame.x.log) };
}

/** The next line above or below at the same x. */
function neighbour(lines: readonly RunLine[], spot: Spot, up: boolean, log: boolean): Spot {
  const from = lines[spot.line]!;
  const x = from.buckets.x[spot.bucket]!;
  const height = (line: RunLine, bucket: number) => line.smoothed?.[bucket] ?? line.buckets.mean[bucket]!;
  const value = height(from, spot.bucket);
  let best = spot;
  let least = Number.POSITIVE_INFINITY;
  lines.forEach((line, index) => {
    const bucket = bucketAt(line, x, log);
    if (bucket === null || index === spot.line) return;
    const gap = (height(line, bucket) - value) * (up ? 1 : -1);
    // Lines that coincide follow each other by their order.
    const distance = gap === 0 && index > spot.line === up ? Number.MIN_VALUE : gap;
    if (distance > 0 && distance < least) {
      least = distance;
      best = { line: index, bucket };
    }
  });
  return best;
}

function valueAtMiddle({ frame, area }: Drawn): number {
  const px = xPixels(frame, area);
  return valueAt((area.x + area.width / 2 - px.offset) / px.scale, frame.x);
}

function placeOf(at: { line: RunLine; bucket: number }, here: Drawn | null): { left: number; right: boolean } {
  if (!here) return { left: 0, right: false };
  const px = xPixels(here.frame, here.area);
  const left = px.offset + px.scale * along(at.line.buckets.x[at.bucket]!, here.frame.x);
  return { left, right: left > here.area.x + here.area.width / 2 };
}

/** Run, place and values of the bucket that is pointed at. */
function Readout(props: {
  line: RunLine;
  bucket: number;
  x: LineX;
  formatY: (v: number) => string;
  place: { left: number; right: boolean };
}) {
  const { line, bucket: i, x, formatY, place } = props;
  const { buckets } = line;
  const count = buckets.count[i]!;
  const nonFinite = buckets.nonFinite[i]!;
  const number = (v: number) => (Number.isFinite(v) ? formatY(v) : String(v));
  return (
    <div
      role="status"
      className="panel pointer-events-none absolute top-2 z-10 max-w-[70%] px-2.5 py-1.5 text-xs shadow-md"
      style={place.right ? { right: `calc(100% - ${place.left - 12}px)` } : { left: place.left + 12 }}
    >
      <p className="flex items-center gap-1.5 font-medium">
        <span className="size-2 shrink-0 rounded-full" style={{ background: line.colour }} aria-hidden />
        <span className="truncate">{line.name}</span>
      </p>
      <p className="num text-muted">
        {X_NAMES[x]} {x === "tokens" ? Math.round(buckets.x[i]!).toLocaleString("en") : formatOf(x)(buckets.x[i]!)}
      </p>
      <p className="num">
        {line.smoothed && <>smoothed {number(line.smoothed[i]!)} · </>}
        {count === 1 ? number(buckets.last[i]!) : `last ${number(buckets.last[i]!)}`}
      </p>
      {count > 1 && (
        <p className="num text-muted">
          {count} points
          {Number.isFinite(buckets.min[i]!) && `: ${number(buckets.min[i]!)} to ${number(buckets.max[i]!)}`}
        </p>
      )}
      {nonFinite > 0 && count > 1 && <p className="num text-diverged">{nonFinite} NaN or infinite</p>}
    </div>
  );
}

export function tableOf(lines: readonly RunLine[], x: LineX, yName: string): ChartTable {
  return {
    columns: ["run", x, `${yName}, last`, "min", "mean", "max", "points", "NaN or infinite"],
    rows: lines.flatMap(({ name, buckets: b }) =>
      Array.from(b.x, (at, i) => [
        name,
        at,
        b.last[i]!,
        b.min[i]!,
        b.mean[i]!,
        b.max[i]!,
        b.count[i]!,
        b.nonFinite[i]!,
      ]),
    ),
  };
}
