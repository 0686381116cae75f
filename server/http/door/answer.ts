import { createHash } from "node:crypto";
import { z } from "zod";
import { writeJson } from "@/lib/json";
import { ERROR_CODES, EtalonError } from "../../errors";
import { asEtalonError, logFault } from "../../unforeseen";
import { refused } from "./check";

export const JSON_TYPE = { "content-type": "application/json" };

/** Each part is made when the one before is on its way. */
export type Parts = Iterable<Uint8Array> | AsyncIterable<Uint8Array | string>;

/** Status, headers and body for either server: Node's or Next's. */
export class Answer {
  constructor(
    readonly body: string | Parts | null,
    readonly headers: Record<string, string>,
    readonly status = 200,
  ) {}
}

/** What a handler returned. NaN, infinities, -0 and long integers by the one writer of JSON. */
export function answerOf(value: unknown): Answer {
  if (value instanceof Answer) return value;
  return value === undefined ? new Answer(null, {}, 204) : new Answer(writeJson(value), JSON_TYPE);
}

/** The answer with its `ETag`, or 304 for who has it already. */
export function tagged({ body, headers, status }: Answer, ifNoneMatch: string | undefined): Answer {
  if (typeof body !== "string" || status !== 200) return new Answer(body, headers, status);
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
  // A proxy that packs answers marks their tags as weak ones.
  const known = (ifNoneMatch ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  const isKnown = known.includes(etag) || known.includes("*");
  const more = { etag, "cache-control": "private, no-cache" };
  return isKnown ? new Answer(null, more, 304) : new Answer(body, { ...headers, ...more }, 200);
}

/** What any failure says to a program, mapped here and nowhere else; unforeseen ones go to the server's log. */
export function refusal(e: unknown, more: Record<string, string> = {}): Answer {
  const known = e instanceof z.ZodError ? refused(e) : asEtalonError(e);
  if (!known) logFault(e);
  const error = known ?? new EtalonError("internal", "the server failed; its log says why");
  const { code, message, issues, retryAfterSeconds } = error;
  return new Answer(
    JSON.stringify({ error: { code, message, issues } }),
    { ...JSON_TYPE, ...more, ...(retryAfterSeconds && { "retry-after": String(retryAfterSeconds) }) },
    ERROR_CODES[code],
  );
}
