import { readNumber } from "@/lib/format";
import { type RecommendationTarget, recommendationTargetSchema } from "@/lib/recommend";
import type { DecayShape } from "@/lib/schedule";

/** A target as it is typed. */
export interface Form {
  tokens: string;
  batchSeqs: string;
  seqLen: string;
  params: string;
  width: string;
  depth: string;
  baseWidth: string;
  architecture: string;
  parametrization: "mup" | "standard" | "unknown";
  optimizer: string;
  weightDecay: string;
  batchReading: "sequences" | "tokens";
  schedule: "wsd" | "power";
  decayShape: DecayShape;
  decayFraction: string;
  warmupTokens: string;
  cap: string;
  amplitudeRatio: string;
  /** Where the ratio was measured; null where it was typed. */
  amplitudeSource: RecommendationTarget["amplitudeSource"];
}

const NUMBERS = {
  tokens: { optional: true, whole: false },
  batchSeqs: { optional: false, whole: false },
  seqLen: { optional: false, whole: true },
  params: { optional: true, whole: false },
  width: { optional: true, whole: true },
  depth: { optional: true, whole: true },
  baseWidth: { optional: true, whole: true },
  weightDecay: { optional: true, whole: false },
  decayFraction: { optional: false, whole: false },
  warmupTokens: { optional: true, whole: false },
  cap: { optional: true, whole: false },
  amplitudeRatio: { optional: true, whole: false },
} as const;

const NO_ARCHITECTURE = "needs a name such as dense";

export type NumberName = keyof typeof NUMBERS;
export type TargetErrors = Partial<Record<NumberName | "architecture" | "optimizer", string>>;

/** The target, or what is wrong with which field, in words. */
export function parseTarget(form: Form): { target: RecommendationTarget | null; errors: TargetErrors } {
  const errors: TargetErrors = {};
  const numbers: Partial<Record<NumberName, number | null>> = {};
  for (const name of Object.keys(NUMBERS) as NumberName[]) {
    const read = readField(form[name], name);
    if (typeof read === "string") errors[name] = read;
    else numbers[name] = read;
  }
  const { architecture, parametrization, schedule, decayShape, batchReading } = form;
  if (architecture.trim() === "") errors.architecture = NO_ARCHITECTURE;
  if (parametrization === "mup" && form.baseWidth.trim() === "")
    errors.baseWidth = "needs the width that the rates of the law's runs are for";
  if (Object.keys(errors).length > 0) return { target: null, errors };
  const parsed = recommendationTargetSchema.safeParse({
    ...numbers,
    ...{ architecture: architecture.trim(), schedule, decayShape, batchReading },
    parametrization: parametrization === "unknown" ? null : parametrization,
    optimizer: form.optimizer.trim() || null,
    amplitudeSource: form.amplitudeSource,
  });
  if (parsed.success) return { target: parsed.data, errors };
  for (const issue of parsed.error.issues) {
    const name = issue.path[0] as keyof TargetErrors;
    errors[name] = `cannot be used: ${issue.message}`;
  }
  return { target: null, errors };
}

function readField(text: string, name: NumberName): number | null | string {
  const { optional, whole } = NUMBERS[name];
  if (text.trim() === "") return optional ? null : "needs a number";
  const value = readNumber(text);
  if (value === null || !Number.isFinite(value)) return `"${text.trim()}" is not a number; write 1e10, 10B or 256Ki`;
  if (name === "decayFraction") return value >= 0 && value <= 1 ? value : "must lie between 0 and 1";
  if (name === "warmupTokens" || name === "weightDecay" ? value < 0 : value <= 0) return "must be above 0";
  return whole && !Number.isInteger(value) ? "must be a whole number" : value;
}
