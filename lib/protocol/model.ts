import { z } from "zod";

const count = z.number().int().positive();
/** The trainer's bound of every number. */
const MOST = 1e30;
export const positive = z.number().positive().max(MOST);
export const nonNegative = z.number().nonnegative().max(MOST);

const upTo = (most: number, least = 1) => z.number().int().min(least).max(most);

/** A decoder-only transformer with SwiGLU; experts 0 is a dense model. The bounds are those of the trainer. */
export const modelSchema = z.strictObject({
  width: upTo(2 ** 17),
  depth: upTo(2 ** 10),
  heads: upTo(2 ** 17),
  kvHeads: count.optional(),
  hidden: upTo(2 ** 19),
  seqLen: upTo(2 ** 20),
  vocab: upTo(2 ** 20, 2).default(256),
  tiedEmbeddings: z.boolean().default(false),
  experts: upTo(2 ** 10, 0).default(0),
  topK: z.number().int().nonnegative().default(0),
  balanceLoss: nonNegative.optional(),
  routerZLoss: nonNegative.optional(),
});

export const parametrizationSchema = z.strictObject({
  kind: z.enum(["mup", "standard"]).default("mup"),
  style: z.enum(["multipliers", "microsoft"]).optional(),
  baseWidth: count.default(64),
  initStd: nonNegative.default(0.1),
  embeddingStd: nonNegative.default(1),
  headStd: nonNegative.default(0.1),
  embeddingMultiplier: positive.default(1),
  residualMultiplier: positive.default(1),
  attentionMultiplier: positive.nullable().default(null),
  logitsScaling: positive.nullable().default(null),
});

export type Model = z.infer<typeof modelSchema>;

type Issue = { path: string[]; message: string };

/** Rules between the fields of a model; each message quotes the value. */
export function modelIssues(model: Model): Issue[] {
  const { width, heads, kvHeads = heads, experts, topK, balanceLoss = 0, routerZLoss = 0 } = model;
  const issues: Issue[] = [];
  const add = (field: string, message: string) => issues.push({ path: ["model", field], message });
  if (heads > width) add("heads", `${heads} is more than model.width (${width})`);
  else if (width % heads !== 0) add("heads", `${heads} does not divide model.width (${width})`);
  else if ((width / heads) % 2 !== 0) {
    add("heads", `${heads} gives a head dimension of ${width / heads}, which must be even for rotary positions`);
  }
  if (kvHeads > heads) add("kvHeads", `${kvHeads} is more than model.heads (${heads})`);
  else if (heads % kvHeads !== 0) add("kvHeads", `${kvHeads} does not divide model.heads (${heads})`);
  if (experts === 0 && topK !== 0) add("topK", `${topK} needs experts, but model.experts is 0`);
  if (experts > 0 && topK === 0) add("topK", `0 selects none of the ${experts} experts`);
  if (topK > experts && experts > 0) add("topK", `${topK} is more than model.experts (${experts})`);
  for (const [field, value] of Object.entries({ balanceLoss, routerZLoss })) {
    if (experts === 0 && value !== 0) add(field, `${value} needs experts, but model.experts is 0`);
  }
  return issues;
}
