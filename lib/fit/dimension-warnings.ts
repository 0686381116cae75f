import { hasResult } from "../estimate";
import { counted, significant } from "../format";
import { lossUnit, paramsBy, type RunPoint } from "../run";
import type { FittedOptimum } from "./rows";
import type { FitSettings } from "./settings";
import type { FitWarning } from "./warnings";

/** What the dimensions of runs say against a law of them, beyond their being mixed. */
export function dimensionWarnings(
  runs: readonly RunPoint[],
  optima: readonly FittedOptimum[],
  settings: FitSettings,
): FitWarning[] {
  const used = optima.filter((o) => o.used);
  return [
    ...lossUnitWarnings(runs, settings),
    ...(settings.form === "chinchilla" ? [] : warmupWarnings(used)),
    ...(settings.form === "compute" ? idleWarnings(used, settings) : []),
  ];
}

/** Windows and margins are shares of the loss in nats: of a perplexity they are other windows. */
function lossUnitWarnings(runs: readonly RunPoint[], { loss }: FitSettings): FitWarning[] {
  // The name is that of the final loss.
  if (loss === "tail") return [];
  const named = runs.filter((run) => run.lossMetric && hasResult(run, loss) && lossUnit(run.lossMetric) !== "nats");
  if (named.length === 0) return [];
  const names = [...new Set(named.map((run) => `${run.lossMetric} (${lossUnit(run.lossMetric!)})`))];
  return [
    {
      code: "loss-unit",
      severity: "warning",
      message: `By its name the loss of ${counted(named.length, "run")} is not in nats: ${names.join(", ")}. It was taken as it is, while windows, plateaus and costs are shares of a loss in nats.`,
      action: "Choose its unit beside the loss in the mapping: log(ppl), or bits * 0.693147.",
    },
  ];
}

/** Beyond this factor in warmup / T, or this share of T, the exponent of T takes the warmup up. */
const WARMUP_FACTOR = 2;
const WARMUP_SHARE = 0.2;
/** Up to this share of T, as recommended, a warmup moves nothing, however the share changes. */
const WARMUP_SHORT = 0.01;

function warmupWarnings(used: readonly FittedOptimum[]): FitWarning[] {
  const shares = used.flatMap(({ dims: { warmupTokens, tokens } }) =>
    warmupTokens == null ? [] : warmupTokens / tokens,
  );
  const [low, high] = [Math.min(...shares), Math.max(...shares)];
  if (shares.length === 0 || high <= Math.max(WARMUP_SHORT, Math.min(WARMUP_SHARE, WARMUP_FACTOR * low))) return [];
  const percent = (share: number) => `${significant(100 * share, 2)}%`;
  return [
    {
      code: "warmup-share",
      severity: "warning",
      message: `The warmup is ${low === high ? percent(low) : `${percent(low)} to ${percent(high)}`} of the run. ${high > WARMUP_FACTOR * low ? "A share that changes with the length" : "So long a one"} moves the best rate, and the exponent of T takes that up.`,
      action: "Scale the warmup with the tokens, or keep it short beside the shortest run.",
    },
  ];
}

/** 6 N T is the compute of the parameters that take part. */
function idleWarnings(used: readonly FittedOptimum[], { paramDefinition }: FitSettings): FitWarning[] {
  if (paramDefinition === "active") return [];
  const moe = used.filter(({ dims }) => {
    const whole = dims.paramsNonEmbedding ?? dims.paramsTotal;
    const isPart = dims.paramsActive !== null && whole !== null && dims.paramsActive < whole;
    return (
      (isPart && paramsBy(paramDefinition, dims) !== dims.paramsActive) ||
      /moe|mixture|-top-\d/i.test(dims.architecture)
    );
  });
  if (moe.length === 0) return [];
  return [
    {
      code: "idle-experts",
      severity: "warning",
      message: `${counted(moe.length, "used curve is", "used curves are")} of mixtures of experts, and C = 6 N T by ${paramDefinition === "total" ? "total" : "non-embedding"} parameters counts the experts that are idle.`,
      action: "Take N as active parameters.",
    },
  ];
}
