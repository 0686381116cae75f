import { z } from "zod";
import { fits } from "@/db/schema";
import { fitSettingsSchema } from "@/lib/fit";
import { recordAudit } from "@/server/audit";
import { authorise, type Context, userOf } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { computed } from "../compute";
import { resolveProject } from "../project/internal";
import { runPoints } from "../run";

/** A stored fit gets its intervals by bootstrap whatever the page showed while it was being chosen. */
const STORED_RESAMPLES = 1_000;

export const saveFitInput = z.strictObject({
  project: z.string(),
  name: z.string().trim().min(1, "give the fit a name").max(200),
  settings: fitSettingsSchema,
});

/** Fits a law to the project's finished runs as they are now and stores it for good. */
export async function saveFit(ctx: Context, input: z.input<typeof saveFitInput>) {
  authorise(ctx, "write");
  const { project: slug, name, settings } = saveFitInput.parse(input);
  const project = await resolveProject(ctx, slug);
  const points = await runPoints(ctx, { project: slug });
  const result = await computed("fitLaw", points, {
    ...settings,
    bootstrap: Math.max(settings.bootstrap, STORED_RESAMPLES),
  });
  if (!result.fit) {
    throw new EtalonError(
      "invalid",
      `these runs do not determine a law: ${result.notIdentifiable?.message ?? "no optimum"}`,
    );
  }
  const createdBy = userOf(ctx);
  return inTransaction(ctx, async (ctx) => {
    const [row] = await ctx.db
      .insert(fits)
      .values({
        teamId: ctx.teamId,
        projectId: project.id,
        name,
        settings: result.settings,
        runIds: result.runIds,
        inputHash: result.inputHash,
        result,
        createdBy,
        createdAt: ctx.now(),
      })
      .returning({ id: fits.id });
    await recordAudit(ctx, { action: "fit.save", subject: row!.id, detail: { name, inputHash: result.inputHash } });
    await announce(ctx, [{ projectId: project.id, kind: "fit", id: row!.id }]);
    return { id: row!.id };
  });
}
