import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunPoint } from "../../lib/run";

/** Rows of a CSV file in tests/golden/data (no quoted fields there), by column name. */
export function readRows(name: string): Record<string, string>[] {
  const lines = readFileSync(join(import.meta.dirname, "data", name), "utf8").trim().split(/\r?\n/);
  const columns = lines[0]!.split(",");
  return lines.slice(1).map((line) => {
    const cells = line.split(",");
    return Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? ""]));
  });
}

/** Runs of one of the quickstart files. */
export function quickstartRuns(name: string): RunPoint[] {
  return readRows(name).map((row, i) => {
    const experts = Number(row.experts || 0);
    return {
      runId: `${name}-${i + 1}`,
      architecture: experts > 0 ? `moe-${experts}-top-${row.topK}` : "dense",
      parametrization: row.parametrization!,
      width: Number(row.width),
      depth: Number(row.depth),
      paramsTotal: Number(row.params),
      paramsNonEmbedding: Number(row.nonEmbActiveParams),
      paramsActive: Number(row.nonEmbActiveParams),
      seqLen: Number(row.seqLen),
      batchSeqs: Number(row.batchSeqs),
      tokens: Number(row.tokens),
      peakLr: Number(row.peakLr),
      schedule: "wsd",
      scheduleShape: "10% exp",
      warmupTokens: Number(row.warmupTokens),
      data: "sotu",
      seed: Number(row.seed),
      state: row.diverged === "1" ? "diverged" : "finished",
      finalLoss: row.finalLoss ? Number(row.finalLoss) : null,
      trainTailLoss: row.trainTailLoss ? Number(row.trainTailLoss) : null,
    };
  });
}
