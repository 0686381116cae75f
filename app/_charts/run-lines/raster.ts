import { type Area, along, type Frame, type RunLine, xPixels, yPixels } from "./lines";

/**
 * Many lines as one image, `ratio` device pixels to a CSS pixel: every line a device pixel wide through the extremes of
 * its buckets, or along its smoothed values; later lines lie over earlier ones. Painting a million short strokes through
 * the canvas takes many times as long. `colours` are 0xAABBGGRR, one a line.
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
  const data = new Uint32Array(width * height);
  const plot: Area = { x: 0, y: 0, width, height };
  const [px, py] = [xPixels(frame, plot), yPixels(frame, plot)];
  const stroke = (x0: number, y0: number, x1: number, y1: number, colour: number) => {
    const from = Math.min(width - 1, Math.max(0, Math.floor(x0)));
    const to = Math.min(width - 1, Math.floor(x1));
    const slope = x1 > x0 ? (y1 - y0) / (x1 - x0) : 0;
    for (let x = from; x <= to; x++) {
      // What the stroke covers of this column of pixels.
      const enters = x <= x0 ? y0 : y0 + (x - x0) * slope;
      const leaves = x + 1 >= x1 ? y1 : y0 + (x + 1 - x0) * slope;
      let top = Math.floor(Math.min(enters, leaves));
      let bottom = Math.floor(Math.max(enters, leaves));
      if (bottom < 0 || top > height) continue;
      top = Math.min(height - 1, Math.max(0, top));
      bottom = Math.min(height - 1, bottom);
      for (let y = top, at = top * width + x; y <= bottom; y++, at += width) data[at] = colour;
    }
  };
  lines.forEach((line, index) => {
    const colour = colours[index]!;
    const { x, min, max } = line.buckets;
    const smoothed = line.smoothed;
    let [beforeX, beforeY] = [Number.NaN, Number.NaN];
    for (let i = 0; i < x.length; i++) {
      const at = px.offset + px.scale * along(x[i]!, frame.x);
      const high = py.offset + py.scale * along(smoothed ? smoothed[i]! : max[i]!, frame.y);
      let low = smoothed ? high : py.offset + py.scale * along(min[i]!, frame.y);
      // On a logarithmic axis what is 0 or below lies under the floor.
      if (frame.y.log && !(low < height)) low = high < height ? height : high;
      if (!Number.isFinite(high) || Number.isNaN(low) || !Number.isFinite(at)) {
        beforeY = Number.NaN; // a gap: nothing finite here
        continue;
      }
      const [first, second] = Math.abs(beforeY - high) < Math.abs(beforeY - low) ? [high, low] : [low, high];
      if (!Number.isNaN(beforeY) && at >= 0 && beforeX <= width) stroke(beforeX, beforeY, at, first, colour);
      if (at >= 0 && at <= width) stroke(at, first, at, second, colour);
      beforeX = at;
      beforeY = second;
    }
  });
  return { data, width, height };
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
