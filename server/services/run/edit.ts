import { and, eq, sql } from "drizzle-orm";
import { z } from "zod";
import { runs } from "@/db/schema";
import { updateRunSchema } from "@/lib/protocol";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { announce } from "@/server/event";
import { inTransaction } from "@/server/transaction";
import { whichRuns, whichRunsInput } from "./which";

const tags = updateRunSchema.shape.tags.unwrap();

export const editRunsInput = z.strictObject({
  which: whichRunsInput,
  addTags: tags.default([]),
  removeTags: tags.default([]),
  /** In place of the notes that the runs have. */
  notes: updateRunSchema.shape.notes,
});

const MOST_TAGS = 100;

/** Changes tags and notes of any number of runs at once. */
export async function editRuns(ctx: Context, input: z.input<typeof editRunsInput>): Promise<{ runs: number }> {
  authorise(ctx, "write");
  const { which, addTags, removeTags, notes } = editRunsInput.parse(input);
  if (addTags.length + removeTags.length === 0 && notes === undefined) {
    throw new EtalonError("invalid", "nothing to change: give addTags, removeTags or notes", [
      { field: "addTags", message: "missing" },
    ]);
  }
  const { projectId, ids } = await whichRuns(ctx, which);
  const array = (values: string[]) => sql`${JSON.stringify(values)}::jsonb`;
  const changed = sql<string[]>`(
    select coalesce(array_agg(t order by at), '{}') from (
      select t, min(at) as at from (
        select t, at from unnest(${runs.tags}) with ordinality as own(t, at)
        union all select t, at + ${MOST_TAGS} from jsonb_array_elements_text(${array(addTags)}) with ordinality as added(t, at)
      ) every_tag where not (${array(removeTags)} ? t) group by t
    ) kept)`;
  await inTransaction(ctx, async (ctx) => {
    const rows = await ctx.db
      .update(runs)
      .set({
        ...(addTags.length + removeTags.length > 0 && { tags: changed }),
        ...(notes !== undefined && { notes }),
        updatedAt: ctx.now(),
      })
      .where(and(eq(runs.projectId, projectId), sql`${runs.id} = any(${`{${ids.join(",")}}`}::uuid[])`))
      .returning({ tags: sql<number>`cardinality(${runs.tags})`.mapWith(Number) });
    const most = Math.max(0, ...rows.map((r) => r.tags));
    if (most > MOST_TAGS) {
      const message = `a run would have ${most} tags; ${MOST_TAGS} are allowed`;
      throw new EtalonError("invalid", message, [{ field: "addTags", message }]);
    }
    const detail = { runs: ids.length, addTags, removeTags, ...(notes !== undefined && { notes: true }) };
    await recordAudit(ctx, { action: "run.edit", subject: projectId, detail });
    await announce(ctx, [{ projectId, kind: "run", id: projectId }]);
  });
  return { runs: ids.length };
}
