/**
 * SYNTHETIC runs on the design of the Power Scheduler paper (arXiv 2408.13359, table 2): no model was trained for them.
 * Every loss is an exact parabola in ln LR about the optimum that one of the paper's published laws gives, so that the
 * product must return that law. Never shown as measurement, used by tests alone.
 */

export interface PublishedLaw {
  a: number;
  b: number;
}

/** Figure 4d: averaged over the three best batches, per size. */
export const PER_SIZE: Record<string, PublishedLaw & { params: number; width: number }> = {
  "12M": { a: 4.34, b: -0.507, params: 6.03e6, width: 128 },
  "36M": { a: 4.86, b: -0.513, params: 24.12e6, width: 256 },
  "121M": { a: 4.46, b: -0.508, params: 96.47e6, width: 512 },
};
/** Equation 5. */
export const AGGREGATE: PublishedLaw = { a: 4.6, b: -0.51 };

const TOKENS = [2, 4, 8, 16, 32, 64, 128, 256].map((v) => v * 1e9);
const BATCHES = [16, 32, 64, 128, 256, 512];
const RATES = [0.0002, 0.0004, 0.0008, 0.0016, 0.0032, 0.0064, 0.0128, 0.0256];

/** One row per run of the paper's grid, 384 a size; the best batch grows with the tokens, as in figure 3. */
export function syntheticPaperTable(lawOf: (size: string) => PublishedLaw): string {
  const lines = ["lr,batchSeqs,tokens,params,width,depth,seqLen,parametrization,architecture,schedule,loss"];
  for (const [size, { params, width }] of Object.entries(PER_SIZE)) {
    const { a, b } = lawOf(size);
    for (const tokens of TOKENS)
      for (const batch of BATCHES)
        for (const lr of RATES) {
          const x = Math.log(lr / (batch * a * tokens ** b));
          const y = Math.log(batch / (40 * Math.sqrt(tokens / 2e9)));
          const loss = 2 + 400 * params ** -0.34 + 400 * tokens ** -0.28 + 0.01 * x * x + 0.02 * y * y;
          lines.push([lr, batch, tokens, params, width, 32, 4096, "mup", "dense", "wsd", loss].join(","));
        }
  }
  return `${lines.join("\n")}\n`;
}
