import { z } from "zod";
import { updateRunSchema } from "@/lib/protocol";
import { ofVerb } from "@/server/of-verb";
import {
  editRuns,
  editRunsInput,
  getRun,
  groupRuns,
  groupRunsInput,
  listRuns,
  queryRuns,
  queryRunsInput,
  readLog,
  runKeys,
  runValues,
  selectRuns,
  stopRun,
  updateRun,
  whichRunsInput,
} from "@/server/services/run";
import { router, teamProcedure } from "../trpc";

const ids = z.array(z.uuid()).max(1_000);

export const runRouter = router({
  list: teamProcedure
    .input(z.object({ project: z.string(), sweepId: z.uuid().optional(), ids: ids.optional() }))
    .query(({ ctx, input }) => listRuns(ctx.verb, input)),
  get: teamProcedure.input(z.object({ id: z.uuid() })).query(({ ctx, input }) => getRun(ctx.verb, input)),
  query: teamProcedure
    .input(z.object({ query: ofVerb(queryRunsInput) }))
    .query(({ ctx, input }) => queryRuns(ctx.verb, input.query)),
  groups: teamProcedure
    .input(z.object({ query: ofVerb(groupRunsInput) }))
    .query(({ ctx, input }) => groupRuns(ctx.verb, input.query)),
  keys: teamProcedure
    .input(z.object({ project: z.string(), sweepId: z.uuid().optional() }))
    .query(({ ctx, input }) => runKeys(ctx.verb, input)),
  values: teamProcedure
    .input(z.object({ runIds: ids, keys: z.array(z.string().max(1_000)).max(20) }))
    .query(({ ctx, input }) => runValues(ctx.verb, input)),
  select: teamProcedure
    .input(z.object({ which: ofVerb(whichRunsInput) }))
    .mutation(({ ctx, input }) => selectRuns(ctx.verb, input.which)),
  edit: teamProcedure
    .input(z.object({ edit: ofVerb(editRunsInput) }))
    .mutation(({ ctx, input }) => editRuns(ctx.verb, input.edit)),
  update: teamProcedure
    .input(z.object({ id: z.uuid(), set: updateRunSchema }))
    .mutation(({ ctx, input }) => updateRun(ctx.verb, { runId: input.id, ...input.set })),
  log: teamProcedure
    .input(z.object({ runId: z.uuid(), limit: z.number().int().min(1).max(5_000).optional() }))
    .query(({ ctx, input }) => readLog(ctx.verb, input)),
  stop: teamProcedure.input(z.object({ id: z.uuid() })).mutation(({ ctx, input }) => stopRun(ctx.verb, input)),
});
