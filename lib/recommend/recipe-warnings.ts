import type { FitResult } from "../fit";
import { significant } from "../format";
import { decayLabel } from "../schedule";
import type { RecommendationWarning } from "./advice";
import { known } from "./law-recipe";
import type { RecommendationTarget } from "./target";
import { TIMESCALE_LIMIT, type Timescale } from "./timescale";

type Dims = FitResult["optima"][number]["dims"];
type Compared = { warnings: RecommendationWarning[]; unknown: string[] };

/** What the law's runs were trained with beside what the target will be: what differs, and what cannot be compared. */
export function recipeWarnings(
  result: FitResult,
  target: RecommendationTarget,
  timescale: Timescale | null,
): RecommendationWarning[] {
  const dims = result.optima.filter((o) => o.used).map((o) => o.dims);
  const parts = [
    scheduleCompared(dims, target),
    wordCompared("architecture", "architecture", dims, target),
    wordCompared("parametrization", "parametrization", dims, target),
    baseWidthCompared(dims, target),
    wordCompared("optimizer", "optimizer", dims, target),
    wordCompared("weightDecay", "weight decay", dims, target),
    {
      warnings: [],
      unknown: unknownSide(
        "width",
        dims.map((d) => d.width),
        target.width,
      ),
    },
    {
      warnings: [],
      unknown: unknownSide(
        "depth",
        dims.map((d) => d.depth),
        target.depth,
      ),
    },
    timescaleCompared(timescale),
  ];
  const unknown = parts.flatMap((p) => p.unknown);
  const warnings = parts.flatMap((p) => p.warnings);
  if (unknown.length === 0) return warnings;
  const message = `Not compared with the target, as not known: ${unknown.join(", ")}.`;
  return [...warnings, { code: "not-compared", message }];
}

/** Laws are of WSD runs, whose peak is the rate that is advised; a power schedule takes its decay from them too. */
function scheduleCompared(dims: readonly Dims[], target: RecommendationTarget): Compared {
  const wanted = decayLabel(target);
  const schedules = new Map(dims.map((d) => [`${d.schedule} ${d.scheduleShape ?? ""}`.trim(), d]));
  const read = [...schedules].filter(([, d]) => d.schedule !== "unknown");
  if (read.length === 0) return { warnings: [], unknown: ["schedule (the runs do not say it)"] };
  const isWsd = ([, d]: (typeof read)[number]) => d.schedule.toLowerCase() === "wsd";
  const other = read.filter((r) => !isWsd(r));
  const apart = read.filter((r) => isWsd(r) && r[1].scheduleShape != null && r[1].scheduleShape !== wanted);
  const vague = read.some((r) => isWsd(r) && r[1].scheduleShape == null);
  const said = target.schedule === "wsd" ? `WSD ${wanted}` : `a power schedule that decays over the last ${wanted}`;
  const warning = (code: string, differ: typeof read) =>
    differ.length === 0
      ? []
      : [
          {
            code,
            message: `The law comes from ${differ.map(([label]) => label).join(", ")}, the target is ${said}. ${MOVES}`,
          },
        ];
  return {
    warnings: [...warning("schedule", other), ...warning("decay", apart)],
    unknown: vague ? ["decay of the schedule (the runs do not say it)"] : [],
  };
}

const MOVES = "The best rate moves with the schedule.";

type Word = "architecture" | "parametrization" | "optimizer" | "weightDecay";

function wordCompared(field: Word, name: string, dims: readonly Dims[], target: RecommendationTarget): Compared {
  const law = dims.map((d) => d[field]);
  const wanted = target[field];
  const unknown = unknownSide(name, law, wanted);
  const differ = known(law).filter((value) => value !== wanted);
  if (unknown.length > 0 || differ.length === 0) return { warnings: [], unknown };
  const message = `The law comes from ${name} ${differ.join(", ")}, the target has ${wanted}.`;
  return { warnings: [{ code: CODES[field], message }], unknown };
}

const CODES: Record<Word, string> = {
  architecture: "architecture",
  parametrization: "parametrization",
  optimizer: "optimizer",
  weightDecay: "weight-decay",
};

function baseWidthCompared(dims: readonly Dims[], target: RecommendationTarget): Compared {
  if (target.parametrization !== "mup") return { warnings: [], unknown: [] };
  const law = dims.map((d) => d.baseWidth);
  const unknown = unknownSide("muP base width", law, target.baseWidth);
  const widths = known(law);
  if (unknown.length > 0 || (widths.length === 1 && widths[0] === target.baseWidth)) return { warnings: [], unknown };
  const message =
    widths.length > 1
      ? `The law pools runs of base widths ${widths.join(", ")}, so that its rate stands for none of them; the target's is ${target.baseWidth}.`
      : `The law's rates are for base width ${widths[0]}, the target's for ${target.baseWidth}: hidden matrices get a rate that is ${significant(target.baseWidth! / widths[0]!)} times that of the runs.`;
  return { warnings: [{ code: "base-width", message }], unknown };
}

function timescaleCompared(timescale: Timescale | null): Compared {
  if (timescale === null) return { warnings: [], unknown: [] };
  const { target, sweep, weightDecay } = timescale;
  if (target === null || sweep === null) {
    const why = weightDecay === 0 ? "there is none without weight decay" : "it needs weight decay and sequence length";
    return { warnings: [], unknown: [`AdamW timescale (${why})`] };
  }
  const factor = Math.max(target / sweep.high, sweep.low / target);
  if (factor <= TIMESCALE_LIMIT) return { warnings: [], unknown: [] };
  const message = `The timescale of the weights, batch / (LR x weight decay x tokens), is ${significant(target)} of the run at weight decay ${weightDecay}; the sweep had ${significant(sweep.low)} to ${significant(sweep.high)}: ${significant(factor)} times outside. Rate and weight decay go together, so another weight decay may be best, and another rate with it.`;
  return { warnings: [{ code: "timescale", message }], unknown: [] };
}

function unknownSide(name: string, law: readonly unknown[], target: unknown): string[] {
  const ofLaw = known(law).length === 0;
  const ofTarget = target === null || target === undefined;
  if (ofLaw && ofTarget) return [`${name} (neither says it)`];
  if (ofLaw) return [`${name} (the runs do not say it)`];
  return ofTarget ? [`${name} (the target does not say it)`] : [];
}
