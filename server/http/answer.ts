import { z } from "zod";
import { findBadText } from "@/lib/protocol";
import { contextOfKey } from "../auth/key";
import { authorise, type Context, type Need } from "../context";
import { ERROR_CODES, EtalonError, type FieldIssue } from "../errors";
import { asEtalonError, logFault } from "../unforeseen";

/** The context of the API key in an `authorization` header, if the key may do `access`. */
export async function keyContext(authorization: string | null, access: Need): Promise<Context> {
  const key = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  if (!key)
    throw new EtalonError(
      "unauthorized",
      "send an API key: `Authorization: Bearer etl_...`; `npx etalon key create` makes one",
    );
  const ctx = await contextOfKey(key);
  authorise(ctx, access);
  return ctx;
}

function fieldIssues(error: z.ZodError): FieldIssue[] {
  return error.issues.slice(0, 20).map((i) => ({ field: i.path.join(".") || "body", message: i.message }));
}

/** A body as its schema reads it, without a character that cannot be stored. Errors: `invalid` with the fields. */
export function parsed<B>(schema: z.ZodType<B>, value: unknown): B {
  const unstorable = ownPrototype(value, []);
  if (unstorable !== null) {
    const message = 'no field can be called "__proto__"';
    throw new EtalonError("invalid", message, [{ field: unstorable, message }]);
  }
  const read = schema.safeParse(value);
  if (!read.success) {
    throw new EtalonError("invalid", "the request has a field that cannot be accepted", fieldIssues(read.error));
  }
  requireText(read.data);
  return read.data;
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

export function errorResponse(e: unknown): Response {
  const { status, headers, body } = errorAnswer(e);
  return Response.json(body, { status, headers });
}

/** What any failure says to a program; unforeseen ones go to the server's log. */
export function errorAnswer(e: unknown): { status: number; headers: Record<string, string>; body: unknown } {
  const error =
    e instanceof z.ZodError ? new EtalonError("invalid", "invalid input", fieldIssues(e)) : asEtalonError(e);
  const answer = (status: number, code: string, message: string, issues: FieldIssue[] = [], headers = {}) => ({
    status,
    headers,
    body: { error: { code, message, issues } },
  });
  if (error) {
    const { code, message, issues, retryAfterSeconds } = error;
    const headers = retryAfterSeconds ? { "retry-after": String(retryAfterSeconds) } : {};
    return answer(ERROR_CODES[code], code, message, issues, headers);
  }
  logFault(e);
  return answer(500, "internal", "the server failed; its log says why");
}
