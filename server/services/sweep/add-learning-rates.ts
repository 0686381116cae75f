import { and, eq } from "drizzle-orm";
import type { z } from "zod";
import { sweeps } from "@/db/schema";
import { batchTokens } from "@/lib/protocol";
import { costTokens } from "@/lib/sweep";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { EtalonError, notFound } from "@/server/errors";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { additions, addLearningRatesInput } from "./additions";
import { insertJobs } from "./queue-jobs";

/**
 * Queues runs like an existing one at further learning rates; rates at which the sweep has a result or an open run are
 * left out.
 */
export async function addLearningRates(ctx: Context, input: z.input<typeof addLearningRatesInput>) {
  authorise(ctx, "write");
  const { id, likeRunId, learningRates } = addLearningRatesInput.parse(input);
  return inTransaction(ctx, async (ctx) => {
    const [sweep] = await ctx.db
      .select()
      .from(sweeps)
      .where(and(eq(sweeps.teamId, ctx.teamId), eq(sweeps.id, id)))
      .for("update");
    if (!sweep) throw notFound("sweep", id);
    if (sweep.state === "canceled") throw new EtalonError("conflict", "the sweep was stopped; queue it again instead");
    const { base, fresh } = await additions(ctx, { id, likeRunId, learningRates });
    if (fresh.length === 0) throw new EtalonError("conflict", "the sweep has these learning rates already");
    const jobs = fresh.map((c) => ({ width: c.model.width, costTokens: costTokens([c]), runs: [c] }));
    await insertJobs(ctx, sweep, jobs);
    if (sweep.state === "finished") {
      await ctx.db.update(sweeps).set({ state: "running", finishedAt: null }).where(eq(sweeps.id, id));
    }
    await recordAudit(ctx, {
      action: "sweep.add",
      subject: id,
      detail: { learningRates, batchTokens: batchTokens(base) },
    });
    await announce(ctx, [{ projectId: sweep.projectId, kind: "sweep", id }]);
    return { runs: fresh.length };
  });
}
