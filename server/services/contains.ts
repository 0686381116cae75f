import { type SQL, sql } from "drizzle-orm";

/**
 * Whether a text has a part, without regard to case in any alphabet: a database in the C locale folds ASCII alone, so
 * the collation is named.
 */
export function contains(text: SQL, part: string): SQL {
  return sql`lower(${text} collate "und-x-icu") like lower(${pattern(part)} collate "und-x-icu")`;
}

/** A part of a text for `like`, in which % and _ stand for themselves. */
function pattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}
