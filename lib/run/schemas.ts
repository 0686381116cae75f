import { z } from "zod";
import { type Dimension, type DimensionKind, type DimensionValue, definitionOf, eachDimension } from "./dimensions";

const LONGEST_TEXT = 500;
const whole = z.number().int().min(Number.MIN_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER);

const KINDS: Record<Exclude<DimensionKind, "choice">, z.ZodType> = {
  positive: z.number().positive(),
  nonNegative: z.number().nonnegative(),
  rounded: whole.positive(),
  count: whole.positive(),
  integer: whole,
  text: z.string().max(LONGEST_TEXT),
  loss: z.number().positive(),
};

/** What may be stored as that dimension. */
export function dimensionSchema(name: Dimension): z.ZodType {
  const { kind, choices = [] } = definitionOf(name);
  return kind === "choice" ? z.enum(choices) : KINDS[kind];
}

/** A program's word for what its run is asked to do, in the canonical names; results come with the end of a run. */
export const dimensionsSchema = z.strictObject(
  eachDimension(
    (name) => dimensionSchema(name).optional(),
    ({ role }) => role !== "result",
  ) as unknown as { [D in AskedDimension]: z.ZodOptional<z.ZodType<DimensionValue<D>>> },
);

type AskedDimension = Exclude<Dimension, "finalLoss" | "trainTailLoss">;
