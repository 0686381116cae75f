import { power } from "../portable";
import type { Known, PublishedLaw } from "./law";

const arxiv = (id: string) => ({ name: `arXiv ${id}`, url: `https://arxiv.org/abs/${id}` });

/** Porian's rounded rule, from which OLMo-core's ladder starts: N over 108 million. */
const porianSize = ({ params }: Known) => params / 108e6;
const porianBatch = {
  equation: "B = 160 (N / 108e6)^(2/3) sequences of 2,048 tokens",
  needs: ["params"],
  of: (at: Known) => 2048 * 160 * power(porianSize(at), 2 / 3),
} as const;
const ladderRate = (at: Known) => (0.0047 * power(porianSize(at), -1 / 3)) / 2;
/** Tokens per parameter of one Chinchilla-optimal run, as the ladder counts. */
const LADDER_TOKENS_PER_PARAM = 20;

const OLMO = {
  year: 2026,
  source: {
    name: "allenai/OLMo-core",
    url: "https://github.com/allenai/OLMo-core/blob/main/src/olmo_core/model_ladder/wsds_chinchilla_run_configurator.py",
  },
  read: "model_ladder/wsds_chinchilla_run_configurator.py",
  mark: "source",
  parametrization: "standard",
  optimizer: "AdamW",
  schedule: "WSD-S, 10% of each period decays",
  params: "nonEmbedding",
  batchUnit: "tokens",
  domain: { words: "the OLMo 3 ladder, sizes that were not read", mark: "unverified" },
} as const;

/**
 * Published laws that give a rate or a batch with all their constants, oldest first. N is the count that `params` says,
 * T and D training tokens, B a batch, C = 6 N T in FLOP, L a loss in nats per token.
 */
export const publishedLaws: readonly PublishedLaw[] = [
  {
    id: "kaplan",
    name: "Kaplan",
    year: 2020,
    source: arxiv("2001.08361"),
    read: "a numerical check in another paper's notes",
    mark: "secondary",
    gives: {
      rate: {
        equation: "eta = 0.003239 - 0.0001395 ln N",
        needs: ["params"],
        of: ({ params }) => 0.003239 - 0.0001395 * Math.log(params),
      },
      criticalBatchTokens: {
        equation: "B_crit = 2e8 / L^(1/0.21) tokens",
        needs: ["loss"],
        of: ({ loss }) => 2e8 / power(loss, 1 / 0.21),
      },
    },
    parametrization: "standard",
    optimizer: "Adam",
    schedule: "not read",
    params: "nonEmbedding",
    batchUnit: "tokens",
    domain: { params: { low: 768, high: 1.5e9 }, words: "N from 768 to 1.5B, from memory", mark: "unverified" },
    note: "No rate is left above N = 1.2e10. The critical batch is by the loss on its own text and tokens. The optimizer is from memory.",
  },
  {
    id: "deepseek",
    name: "DeepSeek LLM",
    year: 2024,
    source: arxiv("2401.02954"),
    read: "copies of the paper's equations and formll/resolving-scaling-law-discrepancies",
    mark: "secondary",
    gives: {
      rate: {
        equation: "eta = 0.3118 C^-0.1250",
        needs: ["compute"],
        of: ({ compute }) => 0.3118 * power(compute, -0.125),
      },
      batchTokens: {
        equation: "B = 0.2920 C^0.3271 tokens",
        needs: ["compute"],
        of: ({ compute }) => 0.292 * power(compute, 0.3271),
      },
    },
    parametrization: "standard",
    optimizer: "AdamW",
    schedule: "multi-step",
    params: "nonEmbedding",
    batchUnit: "tokens",
    domain: { compute: { low: 1e17, high: 2e19 }, words: "C from 1e17 to 2e19", mark: "secondary" },
    note: "Its C counts attention over the sequence as well; here it is 6 N T.",
  },
  {
    id: "minicpm",
    name: "MiniCPM",
    year: 2024,
    source: arxiv("2404.06395"),
    read: "copies of the paper's formula",
    mark: "secondary",
    gives: {
      rate: { equation: "eta = 0.01", needs: [], of: () => 0.01 },
      batchTokens: {
        equation: "B = 1.21e9 / L^6.24 tokens",
        needs: ["loss"],
        of: ({ loss }) => 1.21e9 / power(loss, 6.24),
      },
    },
    parametrization: "mup",
    baseWidth: 256,
    optimizer: "AdamW",
    schedule: "WSD",
    params: "nonEmbedding",
    batchUnit: "tokens",
    domain: { params: { low: 0.04e9, high: 2.1e9 }, words: "N from 0.04B to 2.1B", mark: "secondary" },
    note: "The base width is from memory. L is the loss on C4 with MiniCPM's tokens.",
  },
  {
    id: "porian",
    name: "Porian, fit",
    year: 2024,
    source: arxiv("2406.19146"),
    read: "the comparison table of arXiv 2503.04715",
    mark: "secondary",
    gives: {
      rate: { equation: "eta = 3.7 N^-0.36", needs: ["params"], of: ({ params }) => 3.7 * power(params, -0.36) },
      batchTokens: {
        equation: "B = 0.7576 N^0.703 tokens",
        needs: ["params"],
        of: ({ params }) => 0.7576 * power(params, 0.703),
      },
    },
    parametrization: "standard",
    optimizer: "AdamW",
    schedule: "constant",
    params: "nonEmbedding",
    batchUnit: "tokens",
    domain: { words: "sizes that were not read", mark: "unverified" },
    note: "Beta 2 is 0.95 or 0.99 by the batch. The batch is in tokens: at N = 108e6 it is that of the rounded rule.",
  },
  {
    id: "porian-rounded",
    name: "Porian, rounded",
    year: 2024,
    source: arxiv("2406.19146"),
    read: "formll/resolving-scaling-law-discrepancies, plotting.py",
    mark: "source",
    gives: {
      rate: {
        equation: "eta = 0.0047 (N / 108e6)^(-1/3)",
        needs: ["params"],
        of: (at) => 0.0047 * power(porianSize(at), -1 / 3),
      },
      batchTokens: porianBatch,
    },
    parametrization: "standard",
    optimizer: "AdamW",
    schedule: "constant",
    params: "nonEmbedding",
    batchUnit: "sequences of 2,048 tokens",
    domain: { words: "sizes that were not read", mark: "unverified" },
  },
  {
    id: "power-scheduler",
    name: "Power Scheduler",
    year: 2024,
    source: arxiv("2408.13359"),
    read: "the paper, equations 5 and 6",
    mark: "source",
    gives: {
      rate: {
        equation: "eta = 4.6 B T^-0.51, B in sequences of 4,096 tokens",
        needs: ["batchTokens", "tokens"],
        of: ({ batchTokens, tokens }) => (batchTokens / 4096) * 4.6 * power(tokens, -0.51),
      },
    },
    parametrization: "mup",
    baseWidth: 256,
    optimizer: "AdamW",
    schedule: "WSD, the last 10% decay",
    params: "total",
    batchUnit: "sequences of 4,096 tokens",
    domain: {
      params: { low: 12e6, high: 121e6 },
      tokens: { low: 2e9, high: 256e9 },
      batchTokens: { low: 16 * 4096, high: 512 * 4096 },
      words: "N from 12M to 121M with embeddings, T from 2B to 256B, B from 16 to 512",
      mark: "source",
    },
    note: "The best peak of WSD runs. The Power schedule itself, min(0.02, 4 B n^-0.51) after n tokens, is capped and is no peak. The optimizer is not said in the paper. Sequences are taken by their tokens.",
  },
  {
    id: "moonlight",
    name: "Moonlight",
    year: 2025,
    source: arxiv("2502.16982"),
    read: "howtoscalenn.github.io",
    mark: "secondary",
    gives: {
      rate: {
        equation: "eta = 0.0127 C^-0.057",
        needs: ["compute"],
        of: ({ compute }) => 0.0127 * power(compute, -0.057),
      },
      batchTokens: {
        equation: "B = 0.0065 C^0.4138 tokens",
        needs: ["compute"],
        of: ({ compute }) => 0.0065 * power(compute, 0.4138),
      },
    },
    parametrization: "standard",
    optimizer: "AdamW",
    schedule: "not read",
    params: "nonEmbedding",
    batchUnit: "tokens",
    domain: { words: "compute that was not read", mark: "unverified" },
    note: "Of the Adam runs that Muon was compared with.",
  },
  {
    id: "step-law",
    name: "Step Law",
    year: 2025,
    source: arxiv("2503.04715"),
    read: "step-law/steplaw, README and the table of 1,000 bootstrap coefficients",
    mark: "source",
    gives: {
      rate: {
        equation: "eta = 1.79 N^-0.713 D^0.307",
        needs: ["params", "tokens"],
        of: ({ params, tokens }) => 1.79 * power(params, -0.713) * power(tokens, 0.307),
      },
      batchTokens: {
        equation: "B = 0.58 D^0.571 tokens",
        needs: ["tokens"],
        of: ({ tokens }) => 0.58 * power(tokens, 0.571),
      },
    },
    parametrization: "standard",
    optimizer: "AdamW",
    schedule: "cosine to 1e-5",
    params: "nonEmbedding",
    batchUnit: "tokens",
    domain: {
      params: { low: 60e6, high: 1.07e9 },
      tokens: { low: 2e9, high: 100e9 },
      words: "N from 60M to 1.07B, D from 2B to 100B, from memory",
      mark: "unverified",
    },
  },
  {
    id: "power-lines",
    name: "Power Lines",
    year: 2025,
    source: arxiv("2505.13738"),
    read: "exponents in notes on the paper; the factors 1.084, 0.0306 and 0.0471 from memory",
    mark: "unverified",
    gives: {
      batchTokens: {
        equation: "B_opt = 0.0306 D^0.383 sequences of 2,048 tokens",
        needs: ["tokens"],
        of: ({ tokens }) => 2048 * 0.0306 * power(tokens, 0.383),
      },
      criticalBatchTokens: {
        equation: "B_crit = 0.0471 D^0.462 sequences of 2,048 tokens",
        needs: ["tokens"],
        of: ({ tokens }) => 2048 * 0.0471 * power(tokens, 0.462),
      },
      timescale: {
        equation: "tau = 1.084 (D / N)^-0.527",
        needs: ["params", "tokens"],
        of: ({ params, tokens }) => 1.084 * power(tokens / params, -0.527),
      },
    },
    parametrization: "mup",
    optimizer: "AdamW",
    schedule: "not read",
    params: "nonEmbedding",
    batchUnit: "sequences of 2,048 tokens",
    domain: {
      params: { low: 111e6, high: 3.3e9 },
      tokensPerParam: { low: 20, high: 1280 },
      words: "N from 111M to 3.3B, D/N from 20 to 1,280",
      mark: "secondary",
    },
    note: "It leaves the rate to muP and gives the weight decay, B / (eta tau D). Which parameters N counts was not read.",
  },
  {
    id: "ling",
    name: "Ling, Greater Leverage",
    year: 2025,
    source: arxiv("2507.17702"),
    read: "a copy of the paper, equation 3",
    mark: "source",
    gives: {
      rate: {
        equation: "eta = 1.1576 C^-0.1529",
        needs: ["compute"],
        of: ({ compute }) => 1.1576 * power(compute, -0.1529),
      },
      batchTokens: {
        equation: "B = 0.0694 C^0.3644 tokens",
        needs: ["compute"],
        of: ({ compute }) => 0.0694 * power(compute, 0.3644),
      },
    },
    parametrization: "standard",
    optimizer: "AdamW",
    schedule: "not read",
    params: "active",
    batchUnit: "tokens",
    domain: {
      architecture: "moe",
      words: "mixtures of experts, over 300 models of up to 28B in all",
      mark: "secondary",
    },
  },
  {
    id: "marin-adamh",
    name: "Marin, Complete(d)-AdamH",
    year: 2026,
    source: {
      name: "marin-community/marin",
      url: "https://github.com/marin-community/marin/blob/main/experiments/scaling_law_sweeps/completed_adamh.py",
    },
    read: "experiments/scaling_law_sweeps/completed_adamh.py",
    mark: "source",
    gives: {
      rate: {
        equation: "eta = min(0.01, 0.00630 (B / 64)^0.5 (2.5e9 / T)^0.3), B in sequences of 4,096 tokens",
        needs: ["batchTokens", "tokens"],
        of: ({ batchTokens, tokens }) =>
          Math.min(0.01, 0.0063 * Math.sqrt(batchTokens / 4096 / 64) * power(2.5e9 / tokens, 0.3)),
      },
    },
    parametrization: "hyperball",
    optimizer: "AdamH",
    schedule: "WSD, 10% warmup, 20% linear decay to 0",
    params: null,
    batchUnit: "sequences of 4,096 tokens",
    domain: { words: "a Qwen 3 model of about 130M at 2.5B tokens", mark: "source" },
    note: "Of weights kept on a sphere, without weight decay; all others have 0.000656 (B 2.5e9 / (64 T))^0.5.",
  },
  {
    ...OLMO,
    id: "olmo-ladder",
    name: "OLMo-core ladder",
    gives: {
      rate: { equation: "eta = 0.0047 (N / 108e6)^(-1/3) / 2", needs: ["params"], of: ladderRate },
      batchTokens: porianBatch,
    },
    note: "Porian's rounded rule, half of its rate.",
  },
  {
    ...OLMO,
    id: "olmo-ladder-stepped",
    name: "OLMo-core ladder, stepped",
    gives: {
      rate: {
        equation: "eta = 0.0047 (N / 108e6)^(-1/3) / 2 / max(1, T / (20 N))^0.5",
        needs: ["params", "tokens"],
        of: (at) => ladderRate(at) / Math.sqrt(Math.max(1, at.tokens / at.params / LADDER_TOKENS_PER_PARAM)),
      },
      batchTokens: porianBatch,
    },
    note: "The ladder steps at powers of two of 20 tokens a parameter; between them this is the same root.",
  },
];
