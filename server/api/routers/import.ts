import { z } from "zod";
import { ofVerb } from "@/server/of-verb";
import {
  listImports,
  previewUndo,
  runImport,
  runImportInput,
  undoImport,
  undoImportInput,
} from "@/server/services/import";
import { router, teamProcedure } from "../trpc";

export const importRouter = router({
  run: teamProcedure
    .input(z.object({ import: ofVerb(runImportInput) }))
    .mutation(({ ctx, input }) => runImport(ctx.verb, input.import)),
  list: teamProcedure.input(z.object({ project: z.string() })).query(({ ctx, input }) => listImports(ctx.verb, input)),
  undoPreview: teamProcedure.input(z.object({ id: z.uuid() })).query(({ ctx, input }) => previewUndo(ctx.verb, input)),
  undo: teamProcedure
    .input(z.object({ undo: ofVerb(undoImportInput) }))
    .mutation(({ ctx, input }) => undoImport(ctx.verb, input.undo)),
});
