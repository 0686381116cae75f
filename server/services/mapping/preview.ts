import type { z } from "zod";
import { authorise, type Context } from "@/server/context";
import { resolveProject } from "../project/internal";
import { type MappedRun, mapRuns } from "./apply";
import { storedRules } from "./get";
import { mappingInput } from "./save";

const SHOWN = 50;

/** What a mapping would make of the project's foreign runs: the first few in full, problems counted over all. */
export async function previewMapping(ctx: Context, input: z.input<typeof mappingInput>) {
  authorise(ctx, "read");
  const { project: slug, mapping } = mappingInput.parse(input);
  const project = await resolveProject(ctx, slug);
  const rules = { ...(await storedRules(ctx, project.id)), mapping };
  const mapped: MappedRun[] = [];
  let runs = 0;
  const counts = new Map<string, number>();
  let withProblems = 0;
  for await (const part of mapRuns(ctx, project.id, rules, { foreign: true })) {
    runs += part.length;
    for (const run of part) {
      if (run.problems.length > 0) withProblems++;
      for (const p of run.problems) counts.set(p.dimension, (counts.get(p.dimension) ?? 0) + 1);
    }
    // Those with problems first; no more are held than are shown.
    mapped.push(...part);
    mapped.sort((p, q) => Number(q.problems.length > 0) - Number(p.problems.length > 0));
    mapped.length = Math.min(mapped.length, SHOWN);
  }
  return {
    runs,
    withProblems,
    problems: [...counts].map(([dimension, n]) => ({ dimension, runs: n })),
    shown: mapped,
  };
}
