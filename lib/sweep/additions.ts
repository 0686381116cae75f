import { PROXY_27K, PROXY_94K, PROXY_365K, PROXY_SCHEDULE } from "./presets";
import { type SearchSpace, searchSpaceSchema } from "./search-space";

const K = 1024;

/** Three widths, muP and standard: under muP the optimum should stay, under the standard one it slides with width. */
export function parametrizationSpace(): SearchSpace {
  return searchSpaceSchema.parse({
    models: [PROXY_27K, PROXY_94K, PROXY_365K],
    parametrizations: [{ kind: "mup" }, { kind: "standard" }],
    tokens: [128 * K],
    batches: [{ batchSeqs: 8, learningRates: [0.001, 0.002, 0.004, 0.008, 0.016, 0.032] }],
    seeds: [2],
    schedule: PROXY_SCHEDULE,
  });
}

/** Four experts of half the hidden size, two per token: the same active parameters as the 27k dense model. */
export function moeSpace(): SearchSpace {
  return searchSpaceSchema.parse({
    models: [{ ...PROXY_27K, hidden: 48, experts: 4, topK: 2 }],
    tokens: [128 * K, 256 * K, 512 * K, 1024 * K],
    batches: [4, 8, 16].map((batchSeqs) => ({ batchSeqs, learningRates: [0.001, 0.002, 0.004, 0.008, 0.016, 0.032] })),
    seeds: [2],
    schedule: PROXY_SCHEDULE,
  });
}
