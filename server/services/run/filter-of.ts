import { type SQL, sql } from "drizzle-orm";
import { type Filter, FilterError, parseFilter } from "@/lib/filter";
import { EtalonError } from "@/server/errors";
import { whereOf } from "./where";

/** The condition of a filter text. Errors: `invalid` with the position. */
export function filterOf(text: string): SQL | undefined {
  let filter: Filter | null;
  try {
    filter = parseFilter(text);
  } catch (e) {
    if (!(e instanceof FilterError)) throw e;
    throw new EtalonError("invalid", e.message, [{ field: "filter", message: e.message }]);
  }
  return filter ? sql`(${whereOf(filter)})` : undefined;
}
