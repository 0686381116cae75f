import { inBackground } from "@/server/background";
import type { Context } from "@/server/context";
import { forgetEndedCheckpoints } from "../checkpoint/internal";
import { crashSilentRuns, tellStalledRuns } from "../run/internal";
import { expireLeases, renewLeases } from "./expire";

const EVERY_MS = 5_000;
/** After a longer pause between two passes workers may have called in vain: server or database were away, or asleep. */
const AWAY_MS = 15_000;

/**
 * Judges leases, and runs of other programs that have gone silent, every five seconds and nowhere else. The first pass
 * after a time in which workers could not be heard (a start of the server, an outage of the database) takes none back
 * but gives all their whole time again.
 */
export class LeaseKeeper {
  private lastPass: number | null = null;
  /** Since when workers and programs can be heard without a pause, by the database's clock. */
  private heardSinceMs = 0;

  constructor(
    private readonly ctx: Context,
    /** The database's clock: it gives the leases, and goes on while a machine is suspended. */
    private readonly clockMs = async (): Promise<number> => {
      const [row] = await ctx.sql<{ ms: number }[]>`select (extract(epoch from now()) * 1000)::float8 as ms`;
      return row!.ms;
    },
  ) {}

  async pass(): Promise<void> {
    const { ctx, lastPass } = this;
    this.lastPass = null; // a pass that fails is an outage
    const nowMs = await this.clockMs();
    const away = lastPass === null || nowMs - lastPass > AWAY_MS;
    if (away) {
      this.heardSinceMs = nowMs;
      await renewLeases(ctx);
    } else {
      const teams = await ctx.sql<{ team_id: string }[]>`select distinct team_id from jobs where state = 'running'`;
      for (const { team_id } of teams) await expireLeases({ ...ctx, teamId: team_id });
    }
    await crashSilentRuns(ctx, this.heardSinceMs);
    await tellStalledRuns(ctx, this.heardSinceMs);
    this.lastPass = await this.clockMs();
    await forgetEndedCheckpoints(ctx);
  }
}

/** Runs a keeper until the returned function is called. The first pass is done when it resolves. */
export async function startLeaseKeeper(ctx: Context, log: (line: string) => void): Promise<() => Promise<void>> {
  const keeper = new LeaseKeeper(ctx);
  const { first, stop } = inBackground(() => keeper.pass(), {
    everyMs: EVERY_MS,
    failure: "leases and checkpoints not checked",
    log,
  });
  await first;
  return stop;
}
