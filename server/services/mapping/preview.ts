import type { z } from "zod";
import { authorise, type Context } from "@/server/context";
import { resolveProject } from "../project";
import { mapRuns } from "./apply";
import { mappingInput } from "./save";

const SHOWN = 50;

/** What a mapping would make of the project's foreign runs: the first few in full, problems counted over all. */
export async function previewMapping(ctx: Context, input: z.input<typeof mappingInput>) {
  authorise(ctx, "read");
  const { project: slug, mapping } = mappingInput.parse(input);
  const project = await resolveProject(ctx, slug);
  const mapped = await mapRuns(ctx, project.id, mapping);
  const counts = new Map<string, number>();
  for (const run of mapped) for (const p of run.problems) counts.set(p.dimension, (counts.get(p.dimension) ?? 0) + 1);
  const withProblems = mapped.filter((run) => run.problems.length > 0);
  const shown = [...withProblems, ...mapped.filter((run) => run.problems.length === 0)].slice(0, SHOWN);
  return {
    runs: mapped.length,
    withProblems: withProblems.length,
    problems: [...counts].map(([dimension, n]) => ({ dimension, runs: n })),
    shown,
  };
}
