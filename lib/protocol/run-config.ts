import { z } from "zod";
import { type Schedule, scheduleSchema } from "../schedule";
import { modelIssues, modelSchema, nonNegative, parametrizationSchema, positive } from "./model";

const count = z.number().int().positive();
/** The trainer's bound. */
const MOST_STEP_TOKENS = 2 ** 40;
const MOST_VAL_WINDOWS = 2 ** 32;
const momentum = z.number().min(0).lt(1);

const optimizerSchema = z.strictObject({
  beta1: momentum.default(0.9),
  beta2: momentum.default(0.95),
  eps: positive.default(1e-8),
  weightDecay: nonNegative.default(0.1),
  gradClip: nonNegative.default(1),
  weightDecayMode: z.enum(["scaled", "constant"]).optional(),
});

/** Held-out losses besides the one at the end: at every multiple of a token count, or at ascending counts. */
const evalTokensSchema = z.union([
  count,
  z
    .array(count)
    .min(1)
    .refine((counts) => counts.every((n, i) => i === 0 || n > counts[i - 1]!), {
      error: ({ input }) => `${JSON.stringify(input)} does not ascend`,
    }),
]);

const runConfigShape = z.strictObject({
  model: modelSchema,
  parametrization: parametrizationSchema.prefault({}),
  optimizer: optimizerSchema.prefault({}),
  schedule: scheduleSchema,
  batchSeqs: count,
  tokens: count,
  evalTokens: evalTokensSchema.optional(),
  seed: z.number().int().nonnegative().default(1),
  precision: z.enum(["fp32", "bf16"]).default("fp32"),
  emulateBf16: z.boolean().optional(),
  data: z
    .strictObject({ source: z.string().min(1).default("sotu"), valWindows: count.max(MOST_VAL_WINDOWS).default(512) })
    .prefault({}),
});

/**
 * Config of one run: what the trainer needs, with one token count and the name of a data source. Batches are in
 * sequences, `valWindows` in sequences of held-out text.
 */
export const runConfigSchema = runConfigShape.superRefine((config, context) => {
  for (const { path, message } of [...modelIssues(config.model), ...choiceIssues(config), ...lengthIssues(config)]) {
    context.addIssue({ code: "custom", path, message });
  }
});

export type RunConfig = z.infer<typeof runConfigSchema>;
export type RunConfigInput = z.input<typeof runConfigSchema>;

type Issue = { path: string[]; message: string };

/** Whether runs that differ only in tokens can share one trunk: the stable phase must not depend on the length. */
export function canShareTrunk(schedule: Schedule): boolean {
  return schedule.kind === "wsd" || schedule.kind === "power" || schedule.kind === "constant";
}

/** Tokens of one optimiser step. */
export function batchTokens(config: { batchSeqs: number; model: { seqLen: number } }): number {
  return config.batchSeqs * config.model.seqLen;
}

/** One line per problem, `field: value: reason`, for a config that `runConfigSchema` refused. */
export function configErrors(error: z.ZodError, input: unknown): string[] {
  return error.issues.map((issue) => {
    const field = issue.path.join(".") || "config";
    if (issue.code === "custom") return `${field}: ${issue.message}`;
    if (issue.code === "unrecognized_keys") return `${field}: unknown ${issue.keys.map((k) => `"${k}"`).join(", ")}`;
    const value = issue.path.reduce<unknown>(
      (at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined),
      input,
    );
    return `${field}: ${value === undefined ? "missing" : JSON.stringify(value)}: ${issue.message}`;
  });
}

/** Choices that mean nothing beside others. */
function choiceIssues({ parametrization, precision, emulateBf16 }: z.infer<typeof runConfigShape>): Issue[] {
  const issues: Issue[] = [];
  if (parametrization.style === "microsoft" && parametrization.kind !== "mup") {
    const message = `"microsoft" is a style of muP, but parametrization.kind is "${parametrization.kind}"`;
    issues.push({ path: ["parametrization", "style"], message });
  }
  if (emulateBf16 && precision !== "bf16") {
    issues.push({ path: ["emulateBf16"], message: `true needs precision "bf16", but it is "${precision}"` });
  }
  return issues;
}

function lengthIssues(config: z.infer<typeof runConfigShape>): Issue[] {
  const issues: Issue[] = [];
  const { tokens, schedule } = config;
  const step = batchTokens(config);
  if (step > MOST_STEP_TOKENS) {
    issues.push({ path: ["batchSeqs"], message: `${config.batchSeqs} gives too many tokens in a step (${step})` });
  } else if (tokens % step !== 0) {
    issues.push({
      path: ["tokens"],
      message: `${tokens} is not a whole number of steps of ${step} tokens (batchSeqs ${config.batchSeqs} x model.seqLen ${config.model.seqLen})`,
    });
  }
  const decays = schedule.kind === "wsd" || schedule.kind === "power";
  const decayTokens = decays ? schedule.decayFraction * tokens : 0;
  if (schedule.warmupTokens + decayTokens > tokens) {
    const rest = decays ? ` less the decay of ${decayTokens} tokens` : "";
    issues.push({
      path: ["schedule", "warmupTokens"],
      message: `${schedule.warmupTokens} is more than the run's ${tokens} tokens${rest}`,
    });
  }
  return issues;
}
