import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { runs } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { inTransaction } from "@/server/transaction";
import { touch } from "./touch";

export const elsewhereSchema = z.strictObject({
  address: z.url({ protocol: /^https?$/, error: "is not an address that begins with http:// or https://" }).max(2_000),
  peakLr: z.number().positive().nullable().default(null),
  loss: z.number().nullable().default(null),
  diverged: z.boolean().default(false),
});

export const outcomeInput = z.strictObject({
  id: z.uuid(),
  /** The large run; null takes the outcome away again. */
  runId: z.uuid().nullable().default(null),
  /** A run that another tracker has. */
  elsewhere: elsewhereSchema.nullable().default(null),
  note: z.string().max(5_000).default(""),
});

/** Attaches the finished large run that a recommendation was for. */
export async function setOutcome(ctx: Context, input: z.input<typeof outcomeInput>) {
  authorise(ctx, "write");
  const { id, runId, elsewhere, note } = outcomeInput.parse(input);
  if (runId !== null && elsewhere !== null) {
    const message = "an outcome is either a run of this team or one that another tracker has";
    throw new EtalonError("invalid", message, [{ field: "elsewhere", message }]);
  }
  if (runId !== null) {
    const [run] = await ctx.db
      .select({ state: runs.state })
      .from(runs)
      .where(and(eq(runs.teamId, ctx.teamId), eq(runs.id, runId)));
    if (!run) throw notFound("run", runId);
    if (run.state !== "finished")
      throw new EtalonError("conflict", `the run is ${run.state}; an outcome needs a finished one`);
  }
  await inTransaction(ctx, async (ctx) => {
    await touch(ctx, id, { outcomeRunId: runId, outcomeElsewhere: elsewhere, outcomeNote: note });
    await recordAudit(ctx, { action: "recommendation.outcome", subject: id, detail: { runId, elsewhere } });
  });
}
