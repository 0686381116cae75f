import { z } from "zod";

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;
const EVERY_BAD = new RegExp(`\u0000|${LONE_SURROGATE.source}`, "g");

/** What a text has that cannot be stored; null for nearly every text. */
export function badCharacter(text: string): string | null {
  if (text.includes("\u0000")) return "the character U+0000";
  return LONE_SURROGATE.test(text) ? "half of a surrogate pair" : null;
}

/** Text of which no character may cost the rest, such as a log line: what cannot be stored becomes U+FFFD. */
export const looseText = () => z.string().transform((text) => text.replace(EVERY_BAD, "\uFFFD"));

/** The first text, or name of a field, within any value that cannot be stored: where it is and what it has. */
export function findBadText(value: unknown, path: string[] = []): { field: string; what: string } | null {
  if (typeof value === "string") {
    const what = badCharacter(value);
    return what ? { field: path.join("."), what } : null;
  }
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return null;
  for (const [key, inner] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    if (typeof inner !== "string" && typeof inner !== "object" && typeof key === "number") continue;
    const what = typeof key === "string" ? badCharacter(key) : null;
    if (what) return { field: path.join("."), what: `${what} in the name of a field` };
    path.push(String(key));
    const found = findBadText(inner, path);
    if (found) return found;
    path.pop();
  }
  return null;
}

/** Line ends, other control characters, and what turns the direction of the text around it. */
const NOT_ONE_LINE = /[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u;

/** What people are shown beside their own words, also in mails; `missing` says that there is none. */
export const oneLine = (missing: string) =>
  z
    .string()
    .trim()
    .min(1, missing)
    .max(100)
    .refine((text) => !NOT_ONE_LINE.test(text), "give one line, without control characters");
