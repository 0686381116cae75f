import { z } from "zod";
import { logLinesSchema, metricBatchSchema } from "@/lib/protocol";
import { ofVerb } from "@/server/of-verb";
import {
  beginImport,
  beginImportInput,
  deletePattern,
  importedHistorySchema,
  importHistory,
  knownSources,
  listImports,
  listPatterns,
  previewUndo,
  runImport,
  runImportInput,
  savePattern,
  savePatternInput,
  undoImport,
  undoImportInput,
} from "@/server/services/import";
import { appendMetrics, columnsOf } from "@/server/services/metric";
import { appendLog } from "@/server/services/run";
import { router, teamProcedure } from "../trpc";

export const importRouter = router({
  run: teamProcedure
    .input(z.object({ import: ofVerb(runImportInput) }))
    .mutation(({ ctx, input }) => runImport(ctx.verb, input.import)),
  sources: teamProcedure
    .input(z.object({ project: z.string() }))
    .query(({ ctx, input }) => knownSources(ctx.verb, input)),
  begin: teamProcedure
    .input(z.object({ entry: ofVerb(beginImportInput) }))
    .mutation(({ ctx, input }) => beginImport(ctx.verb, input.entry)),
  history: teamProcedure
    .input(z.object({ importId: z.uuid(), run: importedHistorySchema }))
    .mutation(({ ctx, input }) => importHistory(ctx.verb, input)),
  points: teamProcedure
    .input(z.object({ runId: z.uuid(), batch: metricBatchSchema }))
    .mutation(({ ctx, input }) => appendMetrics(ctx.verb, { runId: input.runId, batch: columnsOf(input.batch) })),
  log: teamProcedure
    .input(z.object({ runId: z.uuid(), log: logLinesSchema }))
    .mutation(({ ctx, input }) => appendLog(ctx.verb, { runId: input.runId, ...input.log })),
  patterns: teamProcedure
    .input(z.object({ project: z.string() }))
    .query(({ ctx, input }) => listPatterns(ctx.verb, input)),
  savePattern: teamProcedure
    .input(z.object({ pattern: ofVerb(savePatternInput) }))
    .mutation(({ ctx, input }) => savePattern(ctx.verb, input.pattern)),
  deletePattern: teamProcedure
    .input(z.object({ id: z.uuid() }))
    .mutation(({ ctx, input }) => deletePattern(ctx.verb, input)),
  list: teamProcedure.input(z.object({ project: z.string() })).query(({ ctx, input }) => listImports(ctx.verb, input)),
  undoPreview: teamProcedure.input(z.object({ id: z.uuid() })).query(({ ctx, input }) => previewUndo(ctx.verb, input)),
  undo: teamProcedure
    .input(z.object({ undo: ofVerb(undoImportInput) }))
    .mutation(({ ctx, input }) => undoImport(ctx.verb, input.undo)),
});
