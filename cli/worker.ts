import { availableParallelism, hostname } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Agent } from "@/workers/agent";
import { apiKey } from "./api-key";
import { buildTrainer, TRAINER } from "./build";

/**
 * `worker --server URL [--slots N]`, the key in ETALON_API_KEY or ETALON_API_KEY_FILE: leases jobs and trains until it
 * is stopped.
 */
export async function workerCommand(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      server: { type: "string" },
      key: { type: "string" },
      slots: { type: "string" },
      name: { type: "string" },
      parent: { type: "string" },
    },
  });
  const key = values.key ?? (await apiKey());
  if (!values.server || !URL.canParse(values.server))
    throw new Error(`--server: "${values.server ?? ""}" is not a URL`);
  if (!key)
    throw new Error(
      "an API key with the scope work is needed in ETALON_API_KEY or ETALON_API_KEY_FILE; `npx etalon key create --scopes work` makes one",
    );
  const slots = Number(values.slots ?? Math.min(2, availableParallelism()));
  if (!Number.isInteger(slots) || slots < 1)
    throw new Error(`--slots: "${values.slots}" is not a positive whole number`);
  const log = (line: string) => process.stderr.write(`${new Date().toISOString()} ${line}\n`);
  if (!(await buildTrainer(log))) return 1;
  const agent = new Agent({
    server: values.server,
    key,
    slots,
    name: values.name ?? hostname(),
    binary: TRAINER,
    cache: join(resolve(process.env.ETALON_DATA_DIR ?? ".etalon"), "data"),
    parentPid: values.parent ? Number(values.parent) : undefined,
    log,
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => agent.stop());
  await agent.run();
  return 0;
}
