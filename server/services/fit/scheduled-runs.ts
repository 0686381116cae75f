import { and, desc, eq, ne } from "drizzle-orm";
import { runs } from "@/db/schema";
import { groupBy } from "@/lib/estimate";
import { type RunPoint, runPointsOf, sizeKeyOf, sizeName } from "@/lib/run";
import { type Schedule, scheduleSchema } from "@/lib/schedule";
import type { Context } from "@/server/context";
import { recipeHash, storedRules } from "../mapping/internal";
import { HAS_RESULT, POINT_COLUMNS } from "../run/internal";

/** A run whose config says its schedule. `firstStep` is the number of its first step. */
export type ScheduledRun = { id: string; name: string; point: RunPoint; schedule: Schedule; firstStep: 0 | 1 };

/** Runs of one model, batch and recipe, one of each schedule, nearest to a peak first. */
export type ScheduleGroup = {
  key: string;
  name: string;
  batchSeqs: number;
  seqLen: number;
  /** Of all runs, repeats of a schedule among them. */
  runs: number;
  members: ScheduledRun[];
};

/** The newest runs are looked at, which their configs are read for. */
const MOST_RUNS = 2_000;

/**
 * The groups of a project's runs with a result and a readable schedule, those with the most schedules first.
 * `unreadable` counts runs whose config says no schedule as ours do, or no batch and sequence length; `diverged` those
 * that diverged.
 */
export async function scheduledGroups(ctx: Context, projectId: string, peakLr: number | null) {
  const rules = await storedRules(ctx, projectId);
  const rows = await ctx.db
    .select({ ...POINT_COLUMNS, name: runs.name, source: runs.source, config: runs.config })
    .from(runs)
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.projectId, projectId), ne(runs.source, "table"), HAS_RESULT))
    .orderBy(desc(runs.createdAt), desc(runs.id))
    .limit(MOST_RUNS);
  const sound = rows.filter((row) => !row.diverged);
  const points = new Map(runPointsOf(sound).map((point) => [point.runId, point]));
  const readable = sound.flatMap((row) => {
    const point = points.get(row.id);
    const parsed = scheduleSchema.safeParse(row.config.schedule);
    if (!parsed.success || !point?.seqLen) return [];
    const own = row.source === "trainer";
    const schedule = parsed.data;
    const foreign = { mapping: rules.mapping, ignored: [...rules.ignored, "schedule.*"] };
    // The recipe of another program's run has its schedule in it.
    const recipe = own ? point.recipe : recipeHash(row.config, foreign, { own, peakLr: schedule.peakLr });
    const run: ScheduledRun = { id: row.id, name: row.name, point, schedule, firstStep: own ? 1 : 0 };
    return [{ run, key: keyOf(point, recipe ?? null) }];
  });
  const groups = [...groupBy(readable, (r) => r.key)].map(([key, all]) => {
    const members = all.map((r) => r.run);
    return groupOf(key, members, peakLr);
  });
  groups.sort((p, q) => q.members.length - p.members.length || q.runs - p.runs || (p.key < q.key ? -1 : 1));
  return {
    groups: named(groups),
    unreadable: sound.length - readable.length,
    diverged: rows.length - sound.length,
  };
}

/** What a schedule law holds for one of: all but schedule, peak, length and seed. */
function keyOf(point: RunPoint, recipe: string | null): string {
  const { batchSeqs, seqLen, data, optimizer, weightDecay, weightDecayConvention, beta2 } = point;
  const { baseWidth, baseDepth } = point;
  return JSON.stringify([
    sizeKeyOf({ ...SIZELESS, ...point }),
    ...[batchSeqs, seqLen, data, optimizer, weightDecay, weightDecayConvention, beta2, baseWidth, baseDepth],
    recipe,
  ]);
}

const SIZELESS = { paramsNonEmbedding: null, paramsTotal: null, paramsActive: null };

function groupOf(key: string, all: readonly ScheduledRun[], peakLr: number | null): ScheduleGroup {
  const { point } = all[0]!;
  const seed = (run: ScheduledRun) => run.point.seed ?? 0;
  const once = [...groupBy(all, (r) => JSON.stringify([r.schedule, r.point.tokens])).values()].map(
    (same) => same.toSorted((p, q) => seed(p) - seed(q) || (p.id < q.id ? -1 : 1))[0]!,
  );
  const centre = Math.log(peakLr ?? bestPeak(all));
  const away = (run: ScheduledRun) => Math.abs(Math.log(run.schedule.peakLr) - centre);
  const members = once.toSorted(
    (p, q) => away(p) - away(q) || q.point.tokens - p.point.tokens || (p.id < q.id ? -1 : 1),
  );
  return {
    ...{ key, name: `${sizeName(point)}, batch ${point.batchSeqs} x ${point.seqLen}` },
    ...{ batchSeqs: point.batchSeqs, seqLen: point.seqLen!, runs: all.length, members },
  };
}

function bestPeak(all: readonly ScheduledRun[]): number {
  const loss = (run: ScheduledRun) => run.point.finalLoss ?? Infinity;
  return all.reduce((best, run) => (loss(run) < loss(best) ? run : best)).schedule.peakLr;
}

/** Groups of one name are told apart by number. */
function named(groups: readonly ScheduleGroup[]): ScheduleGroup[] {
  return groups.map((group, i) => {
    const same = groups.filter((g) => g.name === group.name);
    return same.length === 1 ? group : { ...group, name: `${group.name}, recipe ${same.indexOf(groups[i]!) + 1}` };
  });
}
