import { parseArgs } from "node:util";
import { z } from "zod";
import { retryJob, unfinishedJobs } from "@/server/services/job";
import { withDatabase } from "./database";
import { readSettings } from "./settings";

const USAGE = "usage: etalon job retry ID [--json] | list [--json]";

/**
 * `job list`: those that ended and left runs without a result. `job retry ID`: one of them goes back into the queue.
 */
export async function jobCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: "boolean" } },
  });
  const settings = readSettings();
  const [verb, id, ...more] = positionals;
  if (verb === "list" && id === undefined) {
    for (const job of await withDatabase(settings, (ctx) => unfinishedJobs(ctx, {}))) {
      const about = `${job.project}  ${job.runs} ${job.runs === 1 ? "run" : "runs"} from ${job.firstRun}`;
      const why = (job.error ?? "").split("\n")[0];
      process.stdout.write(values.json ? `${JSON.stringify(job)}\n` : `${job.id}  ${job.state}  ${about}  ${why}\n`);
    }
    return 0;
  }
  if (verb !== "retry" || id === undefined || more.length > 0) throw new Error(USAGE);
  if (!z.uuid().safeParse(id).success)
    throw new Error(`"${id}" is not the id of a job; \`etalon job list\` names them`);
  const queued = await withDatabase(settings, (ctx) => retryJob(ctx, { id }));
  process.stdout.write(
    values.json ? `${JSON.stringify(queued)}\n` : `queued job ${id} again with ${queued.runs} of its runs\n`,
  );
  return 0;
}
