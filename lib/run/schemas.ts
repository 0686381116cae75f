import { z } from "zod";
import { type Dimension, type DimensionKind, type DimensionValue, eachDimension } from "./dimensions";
import { lossTakings } from "./loss";

const LONGEST_TEXT = 500;
const whole = z.number().int().min(Number.MIN_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER);

const KINDS: Record<DimensionKind, z.ZodType> = {
  positive: z.number().positive(),
  rounded: whole.positive(),
  count: whole.positive(),
  integer: whole,
  text: z.string().max(LONGEST_TEXT),
  loss: z.number().positive(),
  taking: z.enum(lossTakings),
};

/** What may be stored as a dimension of that kind. */
export const dimensionSchema = (kind: DimensionKind): z.ZodType => KINDS[kind];

/** A program's word for what its run is asked to do, in the canonical names; results come with the end of a run. */
export const dimensionsSchema = z.strictObject(
  eachDimension(
    (_, { kind }) => dimensionSchema(kind).optional(),
    ({ role }) => role !== "result",
  ) as unknown as { [D in AskedDimension]: z.ZodOptional<z.ZodType<DimensionValue<D>>> },
);

type AskedDimension = Exclude<Dimension, "finalLoss" | "trainTailLoss">;
