import * as echarts from "echarts/core";
import type { ChartTheme } from "../theme";
import { type Area, along, type Frame, type RunLine, valueAt, xPixels, yPixels } from "./lines";
import { nearest, type Spot } from "./nearest";
import { Envelope, Smoothed } from "./shapes";

/** What is drawn now; the overlay reads it at every move. */
export interface Drawn {
  lines: readonly RunLine[];
  frame: Frame;
  area: Area;
  theme: ChartTheme;
}

export interface OverlayEvents {
  /** The pointer is at a bucket of a line, or at none. */
  hover: (spot: Spot | null) => void;
  select: (runId: string) => void;
  zoom: (range: { from: number; to: number } | null) => void;
}

export interface Overlay {
  /** Draws a line and its bucket in front; nothing for null. `x` puts the cursor where no line is near. */
  show: (spot: Spot | null, x?: number | null) => void;
  dispose: () => void;
}

/** A layer of its own: the lines below are not drawn again when the pointer moves. */
const LAYER = { zlevel: 1, silent: true };
/** A shorter drag is a click. */
const LEAST_DRAG = 5;

/**
 * Pointer on the plot: nearest line, drag to zoom, shift-drag to pan, ctrl-wheel to zoom about the pointer, double
 * click to see all.
 */
export function attachOverlay(chart: echarts.ECharts, read: () => Drawn | null, on: OverlayEvents): Overlay {
  const zr = chart.getZr();
  const group = new echarts.graphic.Group();
  zr.add(group);
  const box = boxIn(group);
  const handlers = pointerHandlers(zr, read, on, box);
  for (const [name, handler] of Object.entries(handlers)) zr.on(name, handler as () => void);
  return {
    show: (spot, x = null) => {
      box.clear();
      const drawn = read();
      if (drawn) showIn(group, drawn, spot, x);
    },
    dispose: () => {
      for (const [name, handler] of Object.entries(handlers)) zr.off(name, handler as () => void);
      if (!chart.isDisposed()) zr.remove(group);
    },
  };
}

type Group = InstanceType<typeof echarts.graphic.Group>;

/** A cursor at the bucket or at `x`, and in front of all the line and its bucket. */
function showIn(group: Group, drawn: Drawn, spot: Spot | null, x: number | null): void {
  const { frame, area, theme } = drawn;
  const px = xPixels(frame, area);
  const line = spot && drawn.lines[spot.line];
  const place = line ? line.buckets.x[spot.bucket] : (x ?? undefined);
  if (place === undefined) return;
  const at = px.offset + px.scale * along(place, frame.x);
  if (!(at >= area.x && at <= area.x + area.width)) return;
  group.add(
    new echarts.graphic.Line({
      ...LAYER,
      shape: { x1: at, x2: at, y1: area.y, y2: area.y + area.height },
      style: { stroke: theme.muted, lineWidth: 1, lineDash: [3, 3] },
    }),
  );
  if (line) showLine(group, drawn, line, { at, bucket: spot.bucket });
}

function showLine(group: Group, drawn: Drawn, line: RunLine, { at, bucket }: { at: number; bucket: number }): void {
  const { frame, area, theme } = drawn;
  const clip = new echarts.graphic.Rect({ shape: { ...area } });
  const Shape = line.smoothed ? Smoothed : Envelope;
  for (const [stroke, lineWidth] of [
    [theme.surface, 6],
    [line.colour, 2.5],
  ] as const) {
    const front = new Shape({
      ...LAYER,
      shape: { line, frame, area },
      style: { fill: "none", stroke, lineWidth, lineJoin: "bevel" },
    });
    front.setClipPath(clip);
    group.add(front);
  }
  const py = yPixels(frame, area);
  const value = line.smoothed?.[bucket] ?? line.buckets.last[bucket]!;
  const height = py.offset + py.scale * along(value, frame.y);
  const finite = Number.isFinite(height);
  group.add(
    new echarts.graphic.Circle({
      ...LAYER,
      shape: { cx: at, cy: finite ? Math.min(Math.max(height, area.y), area.y + area.height) : area.y + 4, r: 4.5 },
      style: { fill: finite ? line.colour : theme.diverged, stroke: theme.surface, lineWidth: 1.5 },
    }),
  );
}

interface Box {
  draw: (from: number, to: number, drawn: Drawn) => void;
  /** Takes away whatever is shown. */
  clear: () => void;
}

/** The range that is being dragged over. */
function boxIn(group: Group): Box {
  let box: InstanceType<typeof echarts.graphic.Rect> | null = null;
  const clear = () => {
    group.removeAll();
    box = null;
  };
  const draw = (from: number, to: number, { area, theme }: Drawn) => {
    const [left, right] = [Math.max(Math.min(from, to), area.x), Math.min(Math.max(from, to), area.x + area.width)];
    const shape = { x: left, y: area.y, width: Math.max(0, right - left), height: area.height };
    if (box) return void box.setShape(shape);
    clear();
    box = new echarts.graphic.Rect({ ...LAYER, shape, style: { fill: theme.accent, opacity: 0.18 } });
    group.add(box);
  };
  return { draw, clear };
}

function pointerHandlers(
  zr: ReturnType<echarts.ECharts["getZr"]>,
  read: () => Drawn | null,
  on: OverlayEvents,
  box: Box,
) {
  let drag: { from: number; pan: boolean; frame: Frame } | null = null;
  const under = ({ lines, frame, area }: Drawn, e: echarts.ElementEvent) =>
    nearest(lines, frame, area, { x: e.offsetX, y: e.offsetY });
  return {
    mousemove: (e: echarts.ElementEvent) => {
      const drawn = read();
      if (!drawn) return;
      if (drag?.pan) return on.zoom(shifted(drag.frame, drawn.area, e.offsetX - drag.from));
      if (drag) return box.draw(drag.from, e.offsetX, drawn);
      const isInside = inside(drawn.area, e);
      zr.setCursorStyle(isInside ? "crosshair" : "default");
      on.hover(isInside ? under(drawn, e) : null);
    },
    mousedown: (e: echarts.ElementEvent) => {
      const drawn = read();
      if (!drawn || !inside(drawn.area, e)) return;
      const native = e.event as unknown as MouseEvent;
      drag = { from: e.offsetX, pan: native.shiftKey === true, frame: drawn.frame };
    },
    mouseup: (e: echarts.ElementEvent) => {
      const [begun, drawn] = [drag, read()];
      drag = null;
      if (!begun || !drawn || begun.pan) return;
      box.clear();
      if (Math.abs(e.offsetX - begun.from) < LEAST_DRAG) {
        const spot = under(drawn, e);
        if (spot) on.select(drawn.lines[spot.line]!.runId);
        return;
      }
      const ends = [begun.from, e.offsetX].map((p) => valueUnder(p, drawn)).sort((p, q) => p - q);
      if (ends[1]! > ends[0]!) on.zoom({ from: ends[0]!, to: ends[1]! });
    },
    mousewheel: (e: echarts.ElementEvent) => {
      const drawn = read();
      const native = e.event as unknown as WheelEvent;
      if (!drawn || !(native.ctrlKey || native.metaKey) || !inside(drawn.area, e)) return;
      native.preventDefault();
      on.zoom(scaled(drawn.frame, (e.wheelDelta ?? 0) > 0 ? 0.7 : 1 / 0.7, valueUnder(e.offsetX, drawn)));
    },
    globalout: () => {
      if (!drag) on.hover(null);
    },
    dblclick: () => on.zoom(null),
  };
}

const inside = ({ x, y, width, height }: Area, e: { offsetX: number; offsetY: number }) =>
  e.offsetX >= x - 4 && e.offsetX <= x + width + 4 && e.offsetY >= y - 4 && e.offsetY <= y + height + 4;

function valueUnder(pixel: number, { frame, area }: Drawn): number {
  const px = xPixels(frame, area);
  return valueAt((Math.min(Math.max(pixel, area.x), area.x + area.width) - px.offset) / px.scale, frame.x);
}

/** The range of x after a pan by some pixels. */
export function shifted(frame: Frame, area: Area, pixels: number): { from: number; to: number } {
  const { scale } = xPixels(frame, area);
  const by = scale === 0 ? 0 : pixels / scale;
  return {
    from: valueAt(along(frame.x.min, frame.x) - by, frame.x),
    to: valueAt(along(frame.x.max, frame.x) - by, frame.x),
  };
}

/** The range of x after a zoom by `factor` (below 1: closer) that leaves `centre` where it is. */
export function scaled({ x }: Frame, factor: number, centre: number): { from: number; to: number } {
  const c = along(centre, x);
  return {
    from: valueAt(c + factor * (along(x.min, x) - c), x),
    to: valueAt(c + factor * (along(x.max, x) - c), x),
  };
}
