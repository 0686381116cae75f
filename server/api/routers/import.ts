import { z } from "zod";
import {
  listImports,
  previewUndo,
  runImport,
  type runImportInput,
  undoImport,
  undoImportInput,
} from "@/server/services/import";
import { router, teamProcedure } from "../trpc";

export const importRouter = router({
  // The verb parses: thousands of runs once, and a bad one named by its line.
  run: teamProcedure
    .input(z.object({ import: z.custom<z.input<typeof runImportInput>>() }))
    .mutation(({ ctx, input }) => runImport(ctx.verb, input.import)),
  list: teamProcedure.input(z.object({ project: z.string() })).query(({ ctx, input }) => listImports(ctx.verb, input)),
  undoPreview: teamProcedure.input(z.object({ id: z.uuid() })).query(({ ctx, input }) => previewUndo(ctx.verb, input)),
  undo: teamProcedure
    .input(z.object({ undo: undoImportInput }))
    .mutation(({ ctx, input }) => undoImport(ctx.verb, input.undo)),
});
