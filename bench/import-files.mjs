// Logs and event files as trainers leave them, of any length; the same bytes each time.
import { closeSync, openSync, writeSync } from "node:fs";

const CHUNK = 1 << 22;
const loss = (step) => 2 + 8 / Math.sqrt(step / 1_000 + 1) + 0.05 * noise(step);
const noise = (step) => ((step * 2654435761) % 65_536) / 65_536;

/** Writes lines until the file has so many bytes; returns how many points they hold. */
function lines(path, bytes, line) {
  const file = openSync(path, "w");
  let [size, points, text] = [0, 0, ""];
  for (let step = 0; size < bytes; step++) {
    const [made, n] = line(step);
    text += made;
    points += n;
    if (text.length < CHUNK && size + text.length < bytes) continue;
    size += writeSync(file, text);
    text = "";
  }
  closeSync(file);
  return points;
}

export function nanogptLog(path, bytes) {
  return lines(path, bytes, (step) => {
    const train = loss(step);
    const evaluated = `step ${step}: train loss ${train.toFixed(4)}, val loss ${(train + 0.02).toFixed(4)}\n`;
    const ms = (310 + 5 * noise(step + 7)).toFixed(2);
    const mfu = (44 + noise(step + 3)).toFixed(2);
    const row = `iter ${step}: loss ${train.toFixed(4)}, time ${ms}ms, mfu ${mfu}%\n`;
    return step % 1_000 === 0 ? [evaluated + row, 5] : [row, 3];
  });
}

export function megatronLog(path, bytes) {
  return lines(path, bytes, (step) => {
    const at = step + 1;
    const clock = new Date(1_767_225_600_000 + 2_718 * step).toISOString().slice(0, 19).replace("T", " ");
    const row =
      ` [${clock}] iteration ${String(at).padStart(8)}/ 9000000 | consumed samples: ${String(512 * at).padStart(12)} | ` +
      `elapsed time per iteration (ms): ${(2_700 + 40 * noise(at)).toFixed(1)} | throughput per GPU (TFLOP/s/GPU): ` +
      `${(400 + 9 * noise(step + 5)).toFixed(1)} | learning rate: ${(3e-4 * Math.min(1, at / 2_000)).toExponential(6)} | ` +
      `global batch size:   512 | lm loss: ${loss(step).toExponential(6)} | loss scale: 1.0 | ` +
      `grad norm: ${(1 + noise(step + 9)).toFixed(3)} | number of skipped iterations:   0 | number of nan iterations:   0 |\n`;
    return [row, 10];
  });
}

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

function maskedCrc(bytes) {
  let crc = -1;
  for (const byte of bytes) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff];
  crc = ~crc;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** A record of a TFRecord file. */
function record(event) {
  const made = Buffer.alloc(16 + event.length);
  made.writeUInt32LE(event.length, 0);
  made.writeUInt32LE(maskedCrc(made.subarray(0, 8)), 8);
  event.copy(made, 12);
  made.writeUInt32LE(maskedCrc(event), 12 + event.length);
  return made;
}

function varint(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}

const field = (number, bytes) => Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);

function wallTime(step) {
  const bytes = Buffer.alloc(9);
  bytes[0] = 9;
  bytes.writeDoubleLE(1_767_225_600 + 0.7315 * step, 1);
  return bytes;
}

/** An event file of so many steps, as torch writes it: an event a value. `run` shifts the values. */
export function eventFile(path, { tags, steps, run = 0 }) {
  const file = openSync(path, "w");
  writeSync(file, record(Buffer.concat([wallTime(0), field(3, Buffer.from("brain.Event:2"))])));
  const names = tags.map((tag) => field(1, Buffer.from(tag)));
  let waiting = [];
  for (let step = 0; step < steps; step++) {
    const head = Buffer.concat([wallTime(step), Buffer.from([16]), varint(step)]);
    for (const [i, name] of names.entries()) {
      const value = Buffer.alloc(5);
      value[0] = 21;
      value.writeFloatLE(loss(step) + i + run / 1_000, 1);
      waiting.push(record(Buffer.concat([head, field(5, field(1, Buffer.concat([name, value])))])));
    }
    if (waiting.length < 20_000 && step < steps - 1) continue;
    writeSync(file, Buffer.concat(waiting));
    waiting = [];
  }
  closeSync(file);
  return tags.length * steps;
}
