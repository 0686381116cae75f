import { counted } from "../format";
import type { Schedule } from "../schedule";
import type { Recommendation } from "./recommend";

/** Shortest text that reads back as the same double. */
export function pythonNumber(value: number): string {
  return String(value).replace("e+", "e");
}

/**
 * A Python module (standard library only) with the schedule's constants and `learning_rate(tokens)`, the base LR of the
 * step that starts after that many tokens. Null without a schedule, or for a WSD run of unknown length.
 */
export function learningRateFunction(r: Recommendation): string | null {
  const { schedule, target } = r;
  if (!schedule || (schedule.kind === "wsd" && target.tokens === null)) return null;
  const constants = [
    ["PEAK_LR", pythonNumber(schedule.peakLr)],
    ["BATCH_SEQS", pythonNumber(target.batchSeqs)],
    ["SEQ_LEN", pythonNumber(target.seqLen)],
    ["TOKENS_PER_STEP", "BATCH_SEQS * SEQ_LEN"],
    ["TOTAL_TOKENS", target.tokens === null ? "None  # unknown: no final decay" : pythonNumber(target.tokens)],
    ["WARMUP_TOKENS", pythonNumber(schedule.warmupTokens)],
    ["DECAY_FRACTION", pythonNumber(schedule.decayFraction)],
    ["FINAL_LR_FRACTION", pythonNumber(schedule.finalLrFraction)],
    ...(schedule.kind === "power"
      ? [
          ["A", pythonNumber(schedule.a)],
          ["B", pythonNumber(schedule.b)],
        ]
      : []),
    ["LR_MULTIPLIERS", dictionary(r.classes.map((c) => [c.name, c.lrMultiplier]))],
    ["WEIGHT_DECAY_MULTIPLIERS", dictionary(r.classes.map((c) => [c.name, c.weightDecayMultiplier]))],
  ];
  const about =
    schedule.kind === "power"
      ? "Power schedule (arXiv 2408.13359, eq. 7 and 8): min(PEAK_LR, batch A n^B), n tokens so far."
      : "Warmup, constant, decay (arXiv 2408.13359, eq. 2).";
  return `"""${about}

Law: ${r.evidence.equation}, ${counted(r.evidence.optima, "optimum", "optima")} of ${counted(r.evidence.runs, "run")}, fit ${r.evidence.inputHash}.
"""
import math

${constants.map(([name, value]) => `${name} = ${value}`).join("\n")}


def stable_rate(tokens):
    ${stableBody(schedule)}


def decay_factor(x):
    """From 1 at x = 0 to FINAL_LR_FRACTION at x = 1."""
    r = FINAL_LR_FRACTION
    if x >= 1:
        return r
    ${decayBody(schedule)}


def learning_rate(tokens):
    """Base LR of the step that starts after \`tokens\` tokens."""
    if tokens < WARMUP_TOKENS:
        return tokens / WARMUP_TOKENS * stable_rate(WARMUP_TOKENS)
    if TOTAL_TOKENS is None or DECAY_FRACTION == 0:
        return stable_rate(tokens)
    decay_tokens = DECAY_FRACTION * TOTAL_TOKENS
    decay_start = TOTAL_TOKENS - decay_tokens
    if tokens <= decay_start:
        return stable_rate(tokens)
    return stable_rate(decay_start) * decay_factor((tokens - decay_start) / decay_tokens)
`;
}

function stableBody(schedule: Schedule): string {
  if (schedule.kind !== "power") return "return PEAK_LR";
  return "return PEAK_LR if tokens <= 0 else min(PEAK_LR, BATCH_SEQS * A * tokens**B)";
}

function decayBody(schedule: Schedule): string {
  switch (schedule.decayShape) {
    case "exp":
      return "return (1 - r) * math.expm1(1 - x) / math.expm1(1) + r";
    case "linear":
      return "return 1 - (1 - r) * x";
    case "1-sqrt":
      return "return 1 - (1 - r) * math.sqrt(x)";
    case "cosine":
      return "return r + (1 - r) * math.cos(math.pi * x / 2) ** 2";
  }
}

function dictionary(entries: readonly (readonly [string, number | null])[]): string {
  return `{${entries.map(([key, value]) => `"${key}": ${value === null ? "None" : pythonNumber(value)}`).join(", ")}}`;
}
