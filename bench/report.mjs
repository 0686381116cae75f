// What every benchmark prints: one JSON object with `--json`, the same as a table without.
import { spawnSync } from "node:child_process";
import { availableParallelism, cpus, totalmem } from "node:os";
import { resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "..");

/**
 * One figure: the median of `values`. `baseline` is {name, values} measured in the same run; `ratio` says how many
 * times better the figure is than it, whichever direction is better.
 */
export function result(name, values, { unit, better, baseline }) {
  const sorted = sortedCopy(values);
  const value = median(sorted);
  const line = { name, value: rounded(value), unit, better };
  if (baseline) {
    const base = median(sortedCopy(baseline.values));
    line.baseline = { name: baseline.name, value: rounded(base) };
    line.ratio = rounded(better === "higher" ? value / base : base / value);
  }
  return { ...line, n: sorted.length, min: rounded(sorted[0]), max: rounded(sorted.at(-1)) };
}

/** Prints the report of one benchmark; `gpu` is the device's name where one was used, `detail` is for JSON alone. */
export function print(results, { gpu, detail } = {}) {
  const report = { machine: { ...machine(), ...(gpu && { gpu }) }, commit: commit(), results, detail };
  console.log(process.argv.includes("--json") ? JSON.stringify(report) : table(report));
}

/** Progress goes to stderr, so that stdout is the report alone. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Seconds that `work` takes. */
export async function timed(work) {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

export function median(values) {
  const sorted = sortedCopy(values);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function sortedCopy(values) {
  return [...values].sort((p, q) => p - q);
}

/** Four significant digits: more is noise. */
function rounded(value) {
  return Number(value.toPrecision(4));
}

function machine() {
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  return { cpu: cpus()[0]?.model ?? "unknown", cores: availableParallelism(), memoryGiB, node: process.versions.node };
}

/** `unknown` in a copy without its history. */
function commit() {
  const { status, stdout } = spawnSync("git", ["rev-parse", "HEAD"], { cwd: ROOT, encoding: "utf8" });
  return status === 0 ? stdout.trim() : "unknown";
}

function table({ machine: m, commit: id, results }) {
  const head = `${m.cpu}, ${m.cores} cores, ${m.memoryGiB} GiB${m.gpu ? `, ${m.gpu}` : ""}, Node ${m.node}, commit ${id.slice(0, 7)}`;
  const width = Math.max(...results.map((r) => r.name.length));
  const lines = results.map((r) => {
    const against = r.baseline ? `   ${r.ratio}x ${r.baseline.name} (${r.baseline.value})` : "";
    return `${r.name.padEnd(width)} ${String(r.value).padStart(12)} ${r.unit}   n ${r.n}, ${r.min} to ${r.max}${against}`;
  });
  return [head, ...lines].join("\n");
}
