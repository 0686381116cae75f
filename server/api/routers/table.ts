import { z } from "zod";
import { importTable, importTableInput } from "@/server/services/table";
import { router, teamProcedure } from "../trpc";

export const tableRouter = router({
  import: teamProcedure
    .input(z.object({ table: importTableInput }))
    .mutation(({ ctx, input }) => importTable(ctx.verb, input.table)),
});
