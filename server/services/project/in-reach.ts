import { type AnyColumn, and, inArray, notInArray, type SQL } from "drizzle-orm";
import { type Context, reachOf } from "@/server/context";

/** That the project in this column is one of which the caller may know; undefined where that is so of all. */
export function inReach(ctx: Pick<Context, "actor">, projectId: AnyColumn | SQL): SQL | undefined {
  const { only, hidden } = reachOf(ctx);
  const column = projectId as AnyColumn;
  return and(
    only ? inArray(column, [...only]) : undefined,
    hidden.length > 0 ? notInArray(column, [...hidden]) : undefined,
  );
}
