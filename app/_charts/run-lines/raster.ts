import type { Area, Frame, RunLine } from "./lines";
import { roomFor, type Walk, walk } from "./walk";

/**
 * Many lines as one image, `ratio` device pixels to a CSS pixel: every line a device pixel wide through the extremes of
 * its buckets, or along its smoothed values; later lines lie over earlier ones. Painting a million short strokes
 * through the canvas takes many times as long. `colours` are 0xAABBGGRR, one a line.
 */
export function rasterise(
  lines: readonly RunLine[],
  colours: Uint32Array,
  frame: Frame,
  area: Area,
  ratio: number,
): { data: Uint32Array<ArrayBuffer>; width: number; height: number } {
  const width = Math.max(1, Math.round(area.width * ratio));
  const height = Math.max(1, Math.round(area.height * ratio));
  const plot: Area = { x: 0, y: 0, width, height };
  // Column by column: within a column a line covers one stretch of pixels, which is filled once.
  const columns = new Uint32Array(width * height);
  const stretch: Stretch = { tops: new Float64Array(width), bottoms: new Float64Array(width) };
  const { tops, bottoms } = stretch;
  const room = roomFor(Math.max(0, ...lines.map((l) => l.buckets.x.length)));
  lines.forEach((line, index) => {
    tops.fill(Number.POSITIVE_INFINITY);
    bottoms.fill(Number.NEGATIVE_INFINITY);
    cover(stretch, room, walk(line.buckets, line.smoothed, frame, plot, room), DOT * ratio);
    paint(columns, height, stretch, colours[index]!);
  });
  return { data: transposed(columns, width, height), width, height };
}

/** What a line covers of each column of pixels; nothing where the bottom is above the top. */
interface Stretch {
  tops: Float64Array;
  bottoms: Float64Array;
}

/** How far the dot of a place with a gap on both sides reaches, in CSS pixels: one pixel alone is not seen. */
const DOT = 2;

/** Adds the strokes of a walk of `n` places, and dots of that radius. */
function cover(
  stretch: Stretch,
  { x: xs, first: firsts, second: seconds, joined }: Walk,
  n: number,
  dot: number,
): void {
  const { tops, bottoms } = stretch;
  const width = tops.length;
  for (let i = 0; i < n; i++) {
    const x = xs[i]!;
    const first = firsts[i]!;
    if (joined[i] && x >= 0 && xs[i - 1]! <= width) stroke(stretch, xs[i - 1]!, seconds[i - 1]!, x, first);
    if (!(x >= 0 && x <= width)) continue;
    const column = x < width ? Math.floor(x) : width - 1;
    const second = seconds[i]!;
    const top = first < second ? first : second;
    const bottom = first < second ? second : first;
    if (top < tops[column]!) tops[column] = top;
    if (bottom > bottoms[column]!) bottoms[column] = bottom;
    if (!joined[i] && (i + 1 === n || !joined[i + 1])) round(stretch, column, top, bottom, dot);
  }
}

function round({ tops, bottoms }: Stretch, column: number, top: number, bottom: number, dot: number): void {
  const reach = Math.round(dot);
  for (let dx = -reach; dx <= reach; dx++) {
    const x = column + dx;
    if (x < 0 || x >= tops.length) continue;
    const height = Math.sqrt(dot * dot - Math.min(dx * dx, dot * dot));
    if (top - height < tops[x]!) tops[x] = top - height;
    if (bottom + height > bottoms[x]!) bottoms[x] = bottom + height;
  }
}

function stroke({ tops, bottoms }: Stretch, x0: number, y0: number, x1: number, y1: number): void {
  const width = tops.length;
  const from = Math.min(width - 1, Math.max(0, Math.floor(x0)));
  const to = Math.min(width - 1, Math.floor(x1));
  const slope = x1 > x0 ? (y1 - y0) / (x1 - x0) : 0;
  for (let x = from; x <= to; x++) {
    const enters = x <= x0 ? y0 : y0 + (x - x0) * slope;
    const leaves = x + 1 >= x1 ? y1 : y0 + (x + 1 - x0) * slope;
    const top = enters < leaves ? enters : leaves;
    const bottom = enters < leaves ? leaves : enters;
    if (top < tops[x]!) tops[x] = top;
    if (bottom > bottoms[x]!) bottoms[x] = bottom;
  }
}

/** Calls cost more than a few writes. */
const SHORT = 24;

function paint(columns: Uint32Array, height: number, { tops, bottoms }: Stretch, colour: number): void {
  for (let x = 0; x < tops.length; x++) {
    const top = tops[x]!;
    const bottom = bottoms[x]!;
    if (!(bottom >= top) || bottom < 0 || top >= height + 1) continue;
    const from = x * height + Math.min(height - 1, Math.max(0, Math.floor(top)));
    const to = x * height + Math.min(height - 1, Math.floor(bottom));
    if (to - from > SHORT) columns.fill(colour, from, to + 1);
    else for (let at = from; at <= to; at++) columns[at] = colour;
  }
}

function transposed(columns: Uint32Array, width: number, height: number): Uint32Array<ArrayBuffer> {
  const rows = new Uint32Array(width * height);
  for (let x = 0, from = 0; x < width; x++) {
    for (let y = 0, to = x; y < height; y++, to += width) rows[to] = columns[from++]!;
  }
  return rows;
}

/** A canvas with the lines on it, for a document. */
export function rasterCanvas(lines: readonly RunLine[], frame: Frame, area: Area, ratio: number): HTMLCanvasElement {
  const { data, width, height } = rasterise(lines, packed(lines.map((l) => l.colour)), frame, area, ratio);
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(new Uint8ClampedArray(data.buffer), width, height);
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  return canvas;
}

/** CSS colours as the canvas would paint them. */
function packed(colours: readonly string[]): Uint32Array {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true })!;
  const known = new Map<string, number>();
  return Uint32Array.from(colours, (css) => {
    const before = known.get(css);
    if (before !== undefined) return before;
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = css;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
    const colour = ((a! << 24) | (b! << 16) | (g! << 8) | r!) >>> 0;
    known.set(css, colour);
    return colour;
  });
}
