import { fieldCalled, quoted, RUN_FIELDS } from "@/lib/filter";

/** A filter that also asks for one value of a key. */
export function narrowed(filter: string, key: string, value: string | null): string {
  const field = fieldCalled(key);
  const part =
    value === null
      ? // Runs without a value are those of which no comparison holds.
        field && RUN_FIELDS[field] === "number"
        ? `not (${key} <= 0 or ${key} > 0)`
        : `not ${key} >= ""`
      : `${key} = ${quoted(value)}`;
  const before = filter.trim();
  if (!before) return part;
  return /\bor\b/i.test(before) ? `(${before}) ${part}` : `${before} ${part}`;
}
