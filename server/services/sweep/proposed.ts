import { z } from "zod";
import type { sweeps } from "@/db/schema";
import { modelSchema } from "@/lib/protocol";
import { configIn, InvalidConfigError, searchSpaceSchema } from "@/lib/sweep";
import type { Context } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { absentFrom } from "./absent";

const count = z.number().int().positive();

export const proposedRunsInput = z.strictObject({
  /** The sweep that the runs are like in all that is not said. */
  id: z.uuid(),
  parametrization: z.enum(["mup", "standard"]).optional(),
  runs: z
    .array(
      z.strictObject({
        model: modelSchema,
        batchSeqs: count,
        tokens: count,
        peakLr: z.number().positive().max(1e30),
        seed: z.number().int().nonnegative(),
      }),
    )
    .min(1)
    .max(600),
});

type Sweep = Pick<typeof sweeps.$inferSelect, "projectId" | "space">;

/** The proposed runs that no sweep of the project has a result of or an open run for. */
export async function absentOf(ctx: Context, sweep: Sweep, proposed: z.output<typeof proposedRunsInput>) {
  return absentFrom(ctx, sweep.projectId, configsOf(sweep, proposed));
}

function configsOf(sweep: Sweep, { parametrization: kind, runs: list }: z.output<typeof proposedRunsInput>) {
  const space = searchSpaceSchema.safeParse(sweep.space);
  if (!space.success) throw new EtalonError("conflict", "the sweep has no axes yet; its first worker chooses them");
  const { parametrizations } = space.data;
  const parametrization = parametrizations.find((p) => p.kind === (kind ?? p.kind));
  if (!parametrization)
    throw new EtalonError("invalid", `parametrization: ${kind}: the sweep has ${parametrizations[0]!.kind} only`, [
      { field: "parametrization", message: `must be ${parametrizations[0]!.kind}` },
    ]);
  return list.map((run, i) => {
    try {
      return configIn(space.data, { ...run, parametrization });
    } catch (e) {
      if (!(e instanceof InvalidConfigError)) throw e;
      const issues = e.problems.map((message) => ({ field: `runs.${i}.${message.split(":")[0]}`, message }));
      throw new EtalonError("invalid", `run ${i + 1} cannot be trained: ${e.problems[0]}`, issues);
    }
  });
}
