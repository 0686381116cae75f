import { z } from "zod";
import { sweeps } from "@/db/schema";
import { counted } from "@/lib/format";
import { InvalidConfigError, jobsOf, type SearchSpace, searchSpaceSchema, sweepJobs } from "@/lib/sweep";
import { recordAudit } from "@/server/audit";
import { authorise, type Context, userOf } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { resolveProject } from "../project/internal";
import { absentFrom } from "./absent";
import { queueJobs } from "./queue-jobs";

export const createSweepInput = z.strictObject({
  project: z.string(),
  name: z.string().trim().min(1, "give the sweep a name").max(100),
  /** Absent: the quickstart, its preset chosen by the speed of the first worker that registers. */
  space: searchSpaceSchema.optional(),
  /** Whether to leave out what the project has a result of, or an open run for: the same bits would come again. */
  reuse: z.boolean().default(false),
});

const MAX_RUNS = 20_000;

/** Makes a sweep and queues all its runs; refuses the whole sweep when one config is invalid. */
export async function createSweep(ctx: Context, input: z.input<typeof createSweepInput>) {
  authorise(ctx, "write");
  const { project: slug, name, space, reuse } = createSweepInput.parse(input);
  const project = await resolveProject(ctx, slug);
  const createdBy = userOf(ctx);
  return inTransaction(ctx, async (ctx) => {
    const [sweep] = await ctx.db
      .insert(sweeps)
      .values({ teamId: ctx.teamId, projectId: project.id, name, state: "waiting", createdBy, createdAt: ctx.now() })
      .returning();
    const { runs, reused } = space ? await queued(ctx, sweep!, checkedSize(space), reuse) : { runs: 0, reused: 0 };
    await recordAudit(ctx, { action: "sweep.create", subject: sweep!.id, detail: { name, runs, reused } });
    await announce(ctx, [{ projectId: project.id, kind: "sweep", id: sweep!.id }]);
    return { id: sweep!.id, runs, reused };
  }).catch((e: unknown) => {
    if (!(e instanceof InvalidConfigError)) throw e;
    const issues = e.problems.map((p) => ({ field: p.split(":")[0] ?? "config", message: p }));
    throw new EtalonError("invalid", `the sweep has a run that cannot be trained: ${e.problems[0]}`, issues);
  });
}

/** All runs of a space, or those that the project has not. */
async function queued(ctx: Context, sweep: { id: string; projectId: string }, space: SearchSpace, reuse: boolean) {
  if (!reuse) return { runs: await queueJobs(ctx, sweep, space), reused: 0 };
  const wanted = sweepJobs(space).flatMap((job) => job.runs);
  const absent = await absentFrom(ctx, sweep.projectId, wanted);
  if (absent.length === 0) throw new EtalonError("conflict", "the project has all these runs already");
  const reused = wanted.length - absent.length;
  const reason = `${reused} of its ${counted(wanted.length, "run")} ${reused === 1 ? "is" : "are"} in this project already and not trained again: lab and transfer read them together with these.`;
  const runs = await queueJobs(ctx, sweep, space, { jobs: jobsOf(absent), ...(reused > 0 && { reason }) });
  return { runs, reused };
}

function checkedSize(space: z.infer<typeof searchSpaceSchema>) {
  const perModel = space.batches.reduce((n, b) => n + b.learningRates.length, 0) * space.tokens.length;
  const perSeed = perModel * space.models.length * space.parametrizations.length * space.weightDecays.length;
  const runs = perSeed * space.seeds.length;
  if (runs > MAX_RUNS) {
    throw new EtalonError("too_large", `the sweep would have ${runs} runs; at most ${MAX_RUNS} are queued at once`);
  }
  return space;
}
