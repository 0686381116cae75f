import type { z } from "zod";
import { jobsOf } from "@/lib/sweep";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { inTransaction } from "@/server/transaction";
import { append, lockedForMore } from "./append";
import { absentOf, proposedRunsInput } from "./proposed";

/**
 * Queues proposed runs in a sweep, like its own in all that a proposal does not say; what the project's sweeps have a
 * result of or an open run for is left out.
 */
export async function queueProposed(ctx: Context, input: z.input<typeof proposedRunsInput>) {
  authorise(ctx, "write");
  const proposed = proposedRunsInput.parse(input);
  return inTransaction(ctx, async (ctx) => {
    const sweep = await lockedForMore(ctx, proposed.id);
    const jobs = jobsOf(await absentOf(ctx, sweep, proposed));
    if (jobs.length === 0) throw new EtalonError("conflict", "the project has these runs already");
    await append(ctx, sweep, jobs);
    const runs = jobs.reduce((n, job) => n + job.runs.length, 0);
    const tokens = jobs.reduce((sum, job) => sum + job.costTokens, 0);
    await recordAudit(ctx, { action: "sweep.queue-proposed", subject: proposed.id, detail: { runs, tokens } });
    return { runs };
  });
}
