import { z } from "zod";
import {
  importTable,
  importTableInput,
  listImports,
  previewUndo,
  undoImport,
  undoImportInput,
} from "@/server/services/table";
import { router, teamProcedure } from "../trpc";

export const tableRouter = router({
  import: teamProcedure
    .input(z.object({ table: importTableInput }))
    .mutation(({ ctx, input }) => importTable(ctx.verb, input.table)),
  imports: teamProcedure
    .input(z.object({ project: z.string() }))
    .query(({ ctx, input }) => listImports(ctx.verb, input)),
  undoPreview: teamProcedure.input(z.object({ id: z.uuid() })).query(({ ctx, input }) => previewUndo(ctx.verb, input)),
  undo: teamProcedure
    .input(z.object({ undo: undoImportInput }))
    .mutation(({ ctx, input }) => undoImport(ctx.verb, input.undo)),
});
