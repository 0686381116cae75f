import { z } from "zod";
import { counted } from "@/lib/format";
import { decayLabel } from "@/lib/schedule";
import {
  domainOf,
  type LawDomain,
  type LossCurve,
  lossPoints,
  runSchedule,
  type ScheduleFit,
  stepsOf,
} from "@/lib/schedule-law";
import { whole } from "@/lib/series";
import { authorise, type Context } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { bucketsOf } from "@/server/store";
import { computed } from "../compute";
import { resolveProject } from "../project/internal";
import { type ScheduledRun, type ScheduleGroup, scheduledGroups } from "./scheduled-runs";

/** `group` left out: the one with the most schedules; `peakLr`: curves of the nearest peaks are taken first. */
export const scheduleLawInput = z.strictObject({
  project: z.string(),
  metric: z.string().min(1).max(500).default("train/loss"),
  group: z.string().max(2_000).nullable().default(null),
  peakLr: z.number().positive().nullable().default(null),
});

type UsedCurve = {
  runId: string;
  name: string;
  schedule: string;
  peakLr: number;
  tokens: number;
  points: number;
  /** Of the law's losses, in nats; null without a law. */
  rmse: number | null;
};

export type ScheduleLawAnswer = {
  metric: string;
  groups: (Omit<ScheduleGroup, "members"> & { schedules: number })[];
  /** Key of the group that the curves are of; null where there is none. */
  group: string | null;
  curves: UsedCurve[];
  fit: ScheduleFit | null;
  domain: LawDomain | null;
  /** Why there is no law, and what would give one. */
  reason: string | null;
  leftOut: { unreadable: number; diverged: number; withoutCurve: number; furtherCurves: number };
};

/** Each of them with its schedule: two give a law to whatever they do not tell. */
const LEAST_SCHEDULES = 3;
const MOST_CURVES = 16;
/** After the warmup: fewer are no curve, and would leave all others without a law. */
const LEAST_POINTS = 3;
/** Losses are means over so many parts of a run. */
const PARTS = 400;
/** A curve of a run ends near the run's last step; other ends are of other steps than the optimiser's. */
const COVERED = { low: 0.5, high: 1.05 };

/**
 * The multi-power law through stored curves of one model, batch and recipe, each with the schedule that its config
 * says. That they determine none is an answer with a reason. Errors: `not_found` for the project, `invalid` for a group
 * that the project does not have.
 */
export async function scheduleLawOf(ctx: Context, input: z.input<typeof scheduleLawInput>): Promise<ScheduleLawAnswer> {
  authorise(ctx, "read");
  const { project: slug, metric, group: asked, peakLr } = scheduleLawInput.parse(input);
  const project = await resolveProject(ctx, slug);
  const { groups, unreadable, diverged } = await scheduledGroups(ctx, project.id, peakLr);
  const group = asked === null ? groups[0] : groups.find((g) => g.key === asked);
  if (asked !== null && !group) {
    const message = "no runs of this project are of that model, batch and recipe; choose one of the groups that it has";
    throw new EtalonError("invalid", `group: ${asked}: ${message}`, [{ field: "group", message }]);
  }
  const found = group ? await curvesOf(ctx, group, metric) : NO_CURVES;
  const of = group ? group.batchSeqs * group.seqLen : null;
  const answer = {
    metric,
    groups: groups.map(({ members, ...g }) => ({ ...g, schedules: members.length })),
    group: group?.key ?? null,
    leftOut: { unreadable, diverged, withoutCurve: found.withoutCurve, furtherCurves: found.furtherCurves },
  };
  const tooFew = notEnough(group, found.curves.length, metric);
  const outcome = tooFew === null ? await computed("fitScheduleLaw", found.curves) : null;
  const fit = outcome && "law" in outcome ? outcome : null;
  return {
    ...answer,
    curves: found.runs.map((run, i) => usedCurve(run, found.curves[i]!, fit?.fit.curves[i]?.rmse ?? null)),
    fit,
    domain: fit && domainOf(found.curves, of),
    reason: outcome && !("law" in outcome) ? outcome.message : tooFew,
  };
}

type Found = { runs: ScheduledRun[]; curves: LossCurve[]; withoutCurve: number; furtherCurves: number };
const NO_CURVES: Found = { runs: [], curves: [], withoutCurve: 0, furtherCurves: 0 };

/** Curves of the group's first runs that have one, one at a time: they can be long, and only their means are kept. */
async function curvesOf(ctx: Context, group: ScheduleGroup, metric: string): Promise<Found> {
  const found: Found = { runs: [], curves: [], withoutCurve: 0, furtherCurves: 0 };
  for (const [i, run] of group.members.entries()) {
    if (found.curves.length === MOST_CURVES || i >= 4 * MOST_CURVES) {
      return { ...found, furtherCurves: group.members.length - i };
    }
    const curve = await curveOf(ctx, run, metric);
    if (!curve) found.withoutCurve++;
    else {
      found.runs.push(run);
      found.curves.push(curve);
    }
  }
  return found;
}

async function curveOf(ctx: Context, run: ScheduledRun, metric: string): Promise<LossCurve | null> {
  const { tokens, batchSeqs, seqLen } = run.point;
  const length = { tokens, batchSeqs, seqLen: seqLen! };
  const { series } = await bucketsOf(ctx, { runIds: [run.id], metric, x: "step", buckets: PARTS });
  const { exact, columns } = series[0]!;
  const { x, mean } = whole(exact, columns());
  const total = stepsOf(length);
  const covered = x.length === 0 ? 0 : x[x.length - 1]! / total;
  if (covered < COVERED.low || covered > COVERED.high) return null;
  // A mean stands in the middle of the steps that it is of.
  const middle = (i: number) => (exact ? x[i]! : ((i === 0 ? run.firstStep : x[i - 1]! + 1) + x[i]!) / 2);
  const points = Array.from(x, (_, i) => ({ step: Math.min(total - 1, middle(i) - run.firstStep), loss: mean[i]! }))
    .filter(({ step, loss }) => step >= 0 && loss > 0 && loss < Infinity)
    .filter(({ step }, i, all) => i === 0 || step > all[i - 1]!.step);
  const [lossSteps, losses] = [points.map((p) => p.step), points.map((p) => p.loss)];
  const curve = { name: run.name, schedule: runSchedule(run.schedule, length), lossSteps, losses };
  return lossPoints(curve).steps.length < LEAST_POINTS ? null : curve;
}

function usedCurve(run: ScheduledRun, curve: LossCurve, rmse: number | null): UsedCurve {
  const { schedule, point } = run;
  const decays = schedule.kind === "wsd" || schedule.kind === "power";
  return {
    ...{ runId: run.id, name: run.name, peakLr: schedule.peakLr, tokens: point.tokens },
    schedule: decays ? `${schedule.kind} ${decayLabel(schedule)}` : schedule.kind,
    ...{ points: curve.losses.length, rmse },
  };
}

function notEnough(group: ScheduleGroup | undefined, curves: number, metric: string): string | null {
  if (!group) {
    return "No run here has ended, and says its schedule in its config as runs of our own trainer do. A sweep with several token counts gives several schedules of one trunk.";
  }
  if (curves >= LEAST_SCHEDULES) return null;
  const has = `${counted(group.members.length, "schedule")} of ${group.name} ${group.members.length === 1 ? "is" : "are"} here, and ${counted(curves, "run")} of them ${curves === 1 ? "has" : "have"} a curve of ${metric}`;
  return `${has}; at least ${LEAST_SCHEDULES} are needed, of one model, batch and recipe. Queue a sweep with several token counts (each has a decay of its own on one trunk), decay lengths or peaks.`;
}
