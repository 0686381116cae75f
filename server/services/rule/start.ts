import { inBackground } from "@/server/background";
import type { Context } from "@/server/context";
import { checkDueProject } from "./checks";
import { tellCrossings } from "./crossings";
import { tellRatesOutside } from "./rates";

const CROSSINGS_EVERY_MS = 5_000;
const RATES_EVERY_MS = 30_000;
const CHECKS_EVERY_MS = 5_000;

/**
 * Looks, until the returned function is called, for what no single change makes true. Servers do so beside each other:
 * what one has told of, another does not tell again.
 */
export function startRules(ctx: Context, log: (line: string) => void): () => Promise<void> {
  const failure = "rules of notifications not checked";
  const loops = [
    inBackground(() => tellCrossings(ctx), { everyMs: CROSSINGS_EVERY_MS, failure, log }),
    inBackground(() => tellRatesOutside(ctx), { everyMs: RATES_EVERY_MS, failure, log }),
    inBackground(() => checkDueProject(ctx), { everyMs: CHECKS_EVERY_MS, failure, log }),
  ];
  return async () => {
    await Promise.all(loops.map((loop) => loop.stop()));
  };
}
