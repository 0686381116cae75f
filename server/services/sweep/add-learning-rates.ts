import type { z } from "zod";
import { batchTokens } from "@/lib/protocol";
import { jobsOf } from "@/lib/sweep";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { inTransaction } from "@/server/transaction";
import { additions, addLearningRatesInput } from "./additions";
import { append, lockedForMore } from "./append";

/**
 * Queues runs like an existing one at further learning rates; rates at which the sweep has a result or an open run are
 * left out.
 */
export async function addLearningRates(ctx: Context, input: z.input<typeof addLearningRatesInput>) {
  authorise(ctx, "write");
  const { id, likeRunId, learningRates } = addLearningRatesInput.parse(input);
  return inTransaction(ctx, async (ctx) => {
    const sweep = await lockedForMore(ctx, id);
    const { base, fresh } = await additions(ctx, { id, likeRunId, learningRates });
    if (fresh.length === 0) throw new EtalonError("conflict", "the sweep has these learning rates already");
    await append(ctx, sweep, jobsOf(fresh));
    await recordAudit(ctx, {
      action: "sweep.add",
      subject: id,
      detail: { learningRates, batchTokens: batchTokens(base) },
    });
    return { runs: fresh.length };
  });
}
