import { and, eq, inArray, ne, notInArray } from "drizzle-orm";
import { runs } from "@/db/schema";
import {
  configLookup,
  configNames,
  type DimensionValues,
  type Mapping,
  type Reader,
  readersOf,
  valuesOf,
} from "@/lib/dimensions";
import type { Context } from "@/server/context";

/** A foreign run under a mapping: the columns it gives, and what could not be read. */
export type MappedRun = {
  id: string;
  name: string;
  values: Partial<DimensionValues>;
  problems: { dimension: string; value: string; message: string }[];
};

/** Our own trainer and tables say themselves what their runs are; only runs of other programs are mapped. */
const OWN_SOURCES = ["trainer", "table"];
const CHUNK = 500;

/** Dimensions of every foreign run of a project under a mapping; nothing is stored. */
export async function mapRuns(ctx: Context, projectId: string, mapping: Mapping, ids?: string[]): Promise<MappedRun[]> {
  const rows = await ctx.db
    .select({ id: runs.id, name: runs.name, config: runs.config })
    .from(runs)
    .where(
      and(
        eq(runs.teamId, ctx.teamId),
        eq(runs.projectId, projectId),
        notInArray(runs.source, OWN_SOURCES),
        ids ? inArray(runs.id, ids) : undefined,
      ),
    )
    .orderBy(runs.createdAt, runs.id);
  return rows.map(({ id, name, config }) => ({ id, name, ...mapConfig(config, mapping) }));
}

export function mapConfig(config: Record<string, unknown>, mapping: Mapping): Pick<MappedRun, "values" | "problems"> {
  const { readers, problems } = readersOf(mapping, configNames(config));
  const mapped = new Map<Parameters<typeof readers.get>[0], Reader>([...readers].filter(([, r]) => !r.implicit));
  const read = valuesOf(mapped, configLookup(config));
  const values = Object.fromEntries([...mapped.keys()].map((d) => [d, read.values[d]]));
  return {
    values,
    problems: [
      ...problems.map(({ dimension, text, message }) => ({ dimension, value: text, message })),
      ...read.problems,
    ],
  };
}

/** Stores the dimensions that a mapping gives; a dimension it cannot read becomes unknown. Returns how many runs changed. */
export async function storeDimensions(ctx: Context, mapped: readonly MappedRun[]): Promise<number> {
  for (let first = 0; first < mapped.length; first += CHUNK) {
    for (const { id, values } of mapped.slice(first, first + CHUNK)) {
      const set = columnsOf(values);
      if (Object.keys(set).length === 0) continue;
      await ctx.db
        .update(runs)
        .set({ ...set, updatedAt: ctx.now() })
        .where(and(eq(runs.teamId, ctx.teamId), eq(runs.id, id), ne(runs.source, "trainer")));
    }
  }
  return mapped.length;
}

/** Columns of the runs table; whole numbers stay whole there. */
function columnsOf(v: Partial<DimensionValues>) {
  const batch = v.batchSeqs ?? (v.batchTokens == null ? undefined : v.batchTokens / (v.seqLen ?? 1));
  const whole = (n: number | null | undefined) => (n == null ? n : Math.round(n));
  const set = {
    peakLr: v.lr,
    batchSeqs: whole(batch),
    seqLen: whole(v.seqLen),
    tokens: v.tokens,
    paramsNonEmbedding: v.params,
    paramsTotal: v.paramsTotal,
    paramsActive: v.paramsActive,
    width: whole(v.width),
    depth: whole(v.depth),
    architecture: v.architecture,
    parametrization: v.parametrization,
    schedule: v.schedule,
    data: v.data,
    lossMetric: v.metric,
    lossTaken: v.taken,
    seed: whole(v.seed),
    finalLoss: v.loss,
    trainTailLoss: v.tailLoss,
    diverged: v.diverged == null ? undefined : v.diverged === 1,
  };
  return Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined));
}
