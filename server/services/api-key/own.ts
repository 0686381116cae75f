import { and, eq, type SQL } from "drizzle-orm";
import { apiKeys } from "@/db/schema";
import type { Context } from "@/server/context";

/** The condition on keys that the caller may see and change: an owner all of the team, anybody else her own. */
export function ownKeys({ teamId, actor }: Context): SQL {
  const hers =
    actor.kind === "user" && actor.role !== "owner"
      ? and(eq(apiKeys.createdBy, actor.userId), eq(apiKeys.service, false))
      : undefined;
  return and(eq(apiKeys.teamId, teamId), hers)!;
}
