import { z } from "zod";
import { findBadText } from "@/lib/protocol";
import { EtalonError, type FieldIssue } from "../../errors";

/** A body as its schema reads it, without a character that cannot be stored. Errors: `invalid` with the fields. */
export function parsed<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const unstorable = ownPrototype(value, []);
  if (unstorable !== null) {
    const message = 'no field can be called "__proto__"';
    throw new EtalonError("invalid", message, [{ field: unstorable, message }]);
  }
  const read = schema.safeParse(value);
  if (!read.success) throw refused(read.error);
  requireText(read.data);
  return read.data;
}

/** What a schema refused, whoever parsed by it: the door or a verb. */
export function refused(error: z.ZodError): EtalonError {
  return new EtalonError("invalid", "the request has a field that cannot be accepted", fieldIssues(error));
}

const MOST_ISSUES = 20;

export function fieldIssues(error: z.ZodError, whole = "body"): FieldIssue[] {
  return error.issues.slice(0, MOST_ISSUES).map((i) => ({ field: i.path.join(".") || whole, message: i.message }));
}

/** Errors: `invalid` with the field of a text that cannot be stored. */
export function requireText(value: unknown): void {
  const bad = findBadText(value);
  if (!bad) return;
  const message = `may not contain ${bad.what}`;
  throw new EtalonError("invalid", `${bad.field || "the body"} ${message}`, [{ field: bad.field || "body", message }]);
}

/** Errors: `not_found` for an id of the path that cannot be one. */
export function requireId(id: string | undefined): void {
  if (id !== undefined && !z.regexes.guid.test(id)) throw new EtalonError("not_found", "no such id");
}

/** Where a field is called `__proto__`, which a schema would leave out without a word; null for nearly every body. */
function ownPrototype(value: unknown, path: string[]): string | null {
  if (typeof value !== "object" || value === null) return null;
  if (Object.hasOwn(value, "__proto__")) return [...path, "__proto__"].join(".");
  if (Array.isArray(value) && typeof value[0] !== "object") return null;
  for (const [key, inner] of Object.entries(value)) {
    const found = typeof inner === "object" ? ownPrototype(inner, [...path, key]) : null;
    if (found !== null) return found;
  }
  return null;
}
