import { z } from "zod";
import { ALERT_LEVELS } from "../notification";
import { dimensionsSchema } from "../run/schemas";
import { badCharacter, looseText } from "./text";

/** Published limits of the HTTP API. */
export const LIMITS = {
  batchPoints: 10_000,
  bodyBytes: 16 * 1024 * 1024,
  unpackedBytes: 16 * 1024 * 1024,
  /** Values in the JSON of one body: each takes memory that has nothing to do with its length as text. */
  jsonValues: 500_000,
  metricNames: 20_000,
  projectRuns: 1_000_000,
  nesting: 200,
  checkpointBytes: 512 * 1024 * 1024,
  nameBytes: 500,
  logLines: 2_000,
  logLineCharacters: 8_192,
  /** After so long without points or a heartbeat a running run of another program counts as crashed. */
  silentMinutes: 30,
} as const;

const step = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** A metric value: JSON has no word for the non-finite ones, so they travel as strings. */
export const realSchema = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"]).transform(Number)], {
  error: 'is not a number that a double holds, nor "NaN", "Infinity" or "-Infinity"',
});

const name = z
  .string()
  .min(1, "a name may not be empty")
  .refine(
    (s) => new TextEncoder().encode(s).length <= LIMITS.nameBytes,
    `a name may have at most ${LIMITS.nameBytes} bytes`,
  )
  .refine((s) => badCharacter(s) === null, {
    error: ({ input }) => `a name may not contain ${badCharacter(String(input))}`,
  });

const axis = {
  steps: z.array(step).optional(),
  tokens: z.array(z.number().nonnegative()).optional(),
  /** Milliseconds since 1970. */
  times: z.array(z.number().nonnegative().max(8.64e15)).optional(),
};

/** A series without steps of its own lies at the steps, tokens and times of its batch. */
const seriesSchema = z.strictObject({ metric: name, ...axis, values: z.array(realSchema) });

/** One batch of one writer; (run, writer, seq) identifies it for ever, so sending it again adds nothing. */
export const metricBatchSchema = z
  .strictObject({
    writer: name,
    seq: step,
    /** The run went back to this step: what arrived before and lies after it is hidden, then the points are added. */
    rewindTo: step.optional(),
    ...axis,
    series: z.array(seriesSchema),
  })
  .superRefine((b, context) => {
    if (b.series.length === 0 && b.rewindTo === undefined) {
      context.addIssue({ code: "custom", path: ["series"], message: "a batch needs a series, or rewindTo" });
    }
    checkLengths(context, b, b.steps?.length, ["tokens", "times"], []);
    b.series.forEach((s, i) => {
      const steps = s.steps ?? b.steps;
      const path = ["series", i];
      if (!steps)
        context.addIssue({
          code: "custom",
          path: [...path, "steps"],
          message: "neither the series nor its batch has steps",
        });
      else if (!s.steps && (s.tokens || s.times))
        context.addIssue({ code: "custom", path, message: "tokens and times need steps beside them" });
      else checkLengths(context, s, steps.length, ["values", "tokens", "times"], path);
    });
    const points = b.series.reduce((n, s) => n + s.values.length, 0);
    if (points > LIMITS.batchPoints) {
      context.addIssue({
        code: "custom",
        path: ["series"],
        message: `${points} points; a batch may have ${LIMITS.batchPoints}`,
      });
    }
  });

type Columns = Partial<Record<"values" | "tokens" | "times", unknown[]>>;

function checkLengths(
  context: z.RefinementCtx,
  columns: Columns,
  steps: number | undefined,
  fields: (keyof Columns)[],
  path: (string | number)[],
): void {
  for (const field of fields) {
    const length = columns[field]?.length;
    if (length === undefined || length === steps) continue;
    const message = `${length} entries, but steps has ${steps ?? 0}`;
    context.addIssue({ code: "custom", path: [...path, field], message });
  }
}

export type MetricBatch = z.infer<typeof metricBatchSchema>;

export const logLinesSchema = z.strictObject({
  lines: z
    .array(z.strictObject({ line: step, text: looseText().pipe(z.string().max(LIMITS.logLineCharacters)) }))
    .min(1)
    .max(LIMITS.logLines),
});

const notes = looseText().pipe(z.string().max(20_000));
const tags = z.array(z.string().min(1).max(100)).max(100);

export const createRunSchema = z.strictObject({
  project: z.string().min(1),
  /** Chosen by the client: the same id again resumes the same run. */
  id: z.string().min(1).max(200).optional(),
  name: z.string().min(1).max(200).optional(),
  tags: tags.optional(),
  notes: notes.optional(),
  config: z.record(z.string(), z.unknown()).default({}),
  dimensions: dimensionsSchema.default({}),
});

export const updateRunSchema = z.strictObject({
  name: z.string().min(1).max(200).optional(),
  tags: tags.optional(),
  notes: notes.optional(),
  /** Keys are added to the config or replace those of the same name. */
  config: z.record(z.string(), z.unknown()).optional(),
  dimensions: dimensionsSchema.optional(),
});

/** What a program says of its run to whoever watches it. */
export const alertSchema = z.strictObject({
  /** Chosen by the program: the same again is the same alert, however often it is sent. */
  key: z.string().min(1).max(200),
  title: looseText().pipe(z.string().trim().min(1, "an alert needs a title").max(200)),
  text: looseText().pipe(z.string().max(5_000)).default(""),
  level: z.enum(ALERT_LEVELS).default("info"),
});

export const finishRunSchema = z.strictObject({
  state: z.enum(["finished", "failed", "canceled", "crashed"]),
  diverged: z.boolean().default(false),
  finalLoss: realSchema.nullable().default(null),
  trainTailLoss: realSchema.nullable().default(null),
  wallSeconds: z.number().nonnegative().nullable().default(null),
  error: looseText().pipe(z.string().max(20_000)).nullable().default(null),
  provenance: z.record(z.string(), z.unknown()).nullable().default(null),
});

export type FinishRun = z.infer<typeof finishRunSchema>;
