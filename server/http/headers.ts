import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { ADDRESS_HEADER, PATH_HEADER } from "../auth/path-header";
import { addressOf } from "./door/address";

const HSTS = "max-age=31536000";

/** Prepares a request for Next: the headers that every answer has, and a nonce for the scripts of a page. */
export function guard(request: IncomingMessage, response: ServerResponse, isHttps: boolean): void {
  const policy = contentPolicy(randomBytes(16).toString("base64"));
  // Next gives its scripts the nonce that it finds in the policy of the request.
  request.headers["content-security-policy"] = policy;
  request.headers[PATH_HEADER] = request.url ?? "/";
  request.headers[ADDRESS_HEADER] = addressOf(request) ?? "";
  response.setHeader("content-security-policy", policy);
  for (const [name, value] of fixedHeaders(request.url ?? "/", isHttps)) response.setHeader(name, value);
}

/** Headers of every answer. A shared page, a sign-in link and an invitation are secrets in an address: no other site may learn it. */
export function fixedHeaders(path: string, isHttps: boolean): [string, string][] {
  const secret = /^\/(shared\/|sign-in\/|invitation\b)/.test(path);
  return [
    ["x-content-type-options", "nosniff"],
    ["x-frame-options", "DENY"],
    // Without any a browser would send no origin with the form of a sign-in link either.
    ["referrer-policy", path.startsWith("/shared/") ? "no-referrer" : "same-origin"],
    ["cross-origin-opener-policy", "same-origin"],
    ...(secret ? ([["x-robots-tag", "noindex"]] as [string, string][]) : []),
    ...(isHttps ? ([["strict-transport-security", HSTS]] as [string, string][]) : []),
  ];
}

/**
 * The same for a call whose answer no browser shows: without what only pages need, as it is sent thousands of times a
 * second.
 */
export function answerHeaders(isHttps: boolean): Record<string, string> {
  return {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    ...(isHttps && { "strict-transport-security": HSTS }),
  };
}

function contentPolicy(nonce: string): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'`,
    // Charts and React set styles of single elements, which cannot load anything.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}
