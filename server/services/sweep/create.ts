import { z } from "zod";
import { sweeps } from "@/db/schema";
import { InvalidConfigError, searchSpaceSchema } from "@/lib/sweep";
import { recordAudit } from "@/server/audit";
import { authorise, type Context, userOf } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { resolveProject } from "../project/internal";
import { queueJobs } from "./queue-jobs";

export const createSweepInput = z.strictObject({
  project: z.string(),
  name: z.string().trim().min(1, "give the sweep a name").max(100),
  /** Absent: the quickstart, its preset chosen by the speed of the first worker that registers. */
  space: searchSpaceSchema.optional(),
});

const MAX_RUNS = 20_000;

/** Makes a sweep and queues all its runs; refuses the whole sweep when one config is invalid. */
export async function createSweep(ctx: Context, input: z.input<typeof createSweepInput>) {
  authorise(ctx, "write");
  const { project: slug, name, space } = createSweepInput.parse(input);
  const project = await resolveProject(ctx, slug);
  const createdBy = userOf(ctx);
  return inTransaction(ctx, async (ctx) => {
    const [sweep] = await ctx.db
      .insert(sweeps)
      .values({ teamId: ctx.teamId, projectId: project.id, name, state: "waiting", createdBy, createdAt: ctx.now() })
      .returning();
    const queued = space ? await queueJobs(ctx, sweep!, checkedSize(space)) : 0;
    await recordAudit(ctx, { action: "sweep.create", subject: sweep!.id, detail: { name, runs: queued } });
    await announce(ctx, [{ projectId: project.id, kind: "sweep", id: sweep!.id }]);
    return { id: sweep!.id, runs: queued };
  }).catch((e: unknown) => {
    if (!(e instanceof InvalidConfigError)) throw e;
    const issues = e.problems.map((p) => ({ field: p.split(":")[0] ?? "config", message: p }));
    throw new EtalonError("invalid", `the sweep has a run that cannot be trained: ${e.problems[0]}`, issues);
  });
}

function checkedSize(space: z.infer<typeof searchSpaceSchema>) {
  const perModel = space.batches.reduce((n, b) => n + b.learningRates.length, 0) * space.tokens.length;
  const runs = perModel * space.models.length * space.parametrizations.length * space.seeds.length;
  if (runs > MAX_RUNS) {
    throw new EtalonError("too_large", `the sweep would have ${runs} runs; at most ${MAX_RUNS} are queued at once`);
  }
  return space;
}
