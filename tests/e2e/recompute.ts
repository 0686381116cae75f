import { parseCsv } from "../csv";

/** The analysis once more, as plainly as it can be written, from nothing but the exported runs. */

export interface ExportedRun {
  batchSeqs: number;
  tokens: number;
  peakLr: number;
  finalLoss: number;
  state: string;
}

export function runsOfCsv(csv: string): ExportedRun[] {
  const [columns, ...rows] = parseCsv(csv);
  return rows.map((cells) => {
    const at = (name: string) => cells[columns!.indexOf(name)]!;
    return {
      batchSeqs: Number(at("batchSeqs")),
      tokens: Number(at("tokens")),
      peakLr: Number(at("peakLr")),
      finalLoss: Number(at("finalLoss")),
      state: at("state"),
    };
  });
}

/**
 * For every (batch, tokens) the run of least loss, unless it is the lowest or the highest learning rate that was tried.
 */
export function interiorOptima(runs: ExportedRun[]): ExportedRun[] {
  const curves = new Map<string, ExportedRun[]>();
  for (const r of runs)
    curves.set(`${r.batchSeqs} ${r.tokens}`, [...(curves.get(`${r.batchSeqs} ${r.tokens}`) ?? []), r]);
  return [...curves.values()].flatMap((curve) => {
    const sound = curve.filter((r) => r.state === "finished" && Number.isFinite(r.finalLoss));
    sound.sort((p, q) => p.peakLr - q.peakLr);
    const least = Math.min(...sound.map((r) => r.finalLoss));
    const best = sound.findIndex((r) => r.finalLoss === least);
    return best > 0 && best < sound.length - 1 ? [sound[best]!] : [];
  });
}

/** Coefficients of y on the columns of x, by the normal equations and Gaussian elimination. */
export function plainLeastSquares(x: number[][], y: number[]): number[] {
  const k = x[0]!.length;
  const a = Array.from({ length: k }, (_, i) => [
    ...Array.from({ length: k }, (_, j) => x.reduce((sum, row) => sum + row[i]! * row[j]!, 0)),
    x.reduce((sum, row, n) => sum + row[i]! * y[n]!, 0),
  ]);
  for (let i = 0; i < k; i++) {
    const pivot = a.slice(i).reduce((best, row, j) => (Math.abs(row[i]!) > Math.abs(a[best]![i]!) ? i + j : best), i);
    [a[i], a[pivot]] = [a[pivot]!, a[i]!];
    for (let r = 0; r < k; r++) {
      if (r === i) continue;
      const factor = a[r]![i]! / a[i]![i]!;
      for (let c = i; c <= k; c++) a[r]![c]! -= factor * a[i]![c]!;
    }
  }
  return a.map((row, i) => row[k]! / row[i]!);
}
