/** A published result that gives no rate and no batch by itself, with the reason. */
export type LeftOut = { name: string; source: string; reason: string };

const arxiv = (id: string) => `arXiv ${id}`;

/** What is known of the field and cannot be drawn. */
export const leftOutLaws: readonly LeftOut[] = [
  {
    name: "Björck",
    source: arxiv("2409.19913"),
    reason:
      "eta = c N^-0.23 D^-0.32: one copy prints c as 1.3192e-5, another reads it as 1.3192 e^-5, a factor 670 apart. The horizon form fits it to your runs.",
  },
  {
    name: "nanochat",
    source: "karpathy/nanochat",
    reason:
      "its batch and rates are multiples of those of its own model of depth 12, and its rates are of Muon and AdamW",
  },
  {
    name: "Complete(d)P",
    source: arxiv("2512.22382"),
    reason: "how rates change with width, depth, batch and length from one tuned run; no rate to start from",
  },
  {
    name: "CompleteP",
    source: arxiv("2505.01618"),
    reason: "how rates change with width and depth from one tuned run; no rate to start from",
  },
  {
    name: "Scion, optimal norm",
    source: arxiv("2510.03871"),
    reason: "exponents of batch and tokens only; the constants were not found",
  },
  {
    name: "HyperP",
    source: arxiv("2603.28743"),
    reason: "one exponent of tokens, -0.32, for Muon on a sphere; no constant",
  },
  {
    name: "Muon's update scale",
    source: "github.com/MoonshotAI/Moonlight",
    reason: "a factor by which the rate and weight decay of AdamW serve Muon; no rate",
  },
  {
    name: "Hägele",
    source: arxiv("2405.18392"),
    reason: "the shape and length of a decay; no rate",
  },
  {
    name: "Multi-power law",
    source: arxiv("2503.12811"),
    reason: "the loss of a schedule at one size; `etalon fit-schedule` fits it",
  },
  {
    name: "LR annealing law",
    source: arxiv("2408.11029"),
    reason: "the loss of a schedule; its constants were not found",
  },
  { name: "Skaling", source: arxiv("2608.07222"), reason: "a law of the loss; three of its constants were not found" },
  {
    name: "Chinchilla and its refit",
    source: `${arxiv("2203.15556")}, ${arxiv("2404.10102")}`,
    reason: "a law of the loss over size and tokens; the form Loss (Chinchilla) fits it to your runs",
  },
  { name: "Data repetition", source: arxiv("2305.16264"), reason: "how much repeated tokens are worth; no rate" },
];
