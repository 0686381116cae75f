import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/** What a browser sends of itself, as far as it says anything. */
type Asked = Pick<IncomingMessage, "method" | "headers">;

export interface Refusal {
  status: 403 | 421;
  message: string;
}

const READS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Why a request for a page, or from one, is refused before anything looks at its cookie; null for a good one. What changes
 * something must come from a page of this server; and a session is of the server's own name, so that a name of somebody
 * else's that leads here (DNS rebinding) gets nothing with it.
 */
export function refusalOf({ method = "GET", headers }: Asked, publicUrl: string): Refusal | null {
  const own = new URL(publicUrl);
  if (!READS.has(method) && isForeign(headers, own)) {
    return { status: 403, message: `this was sent by a page of another site; open ${own.origin} itself` };
  }
  const host = headers.host ?? "";
  if (/session-token=/.test(headers.cookie ?? "") && host !== own.host && !isNobodys(host)) {
    const message = `this server is ${own.origin}; behind a proxy that passes on another name set AUTH_URL to the address that people open`;
    return { status: 421, message };
  }
  return null;
}

/** Programs send neither header; browsers send an origin with whatever is no reading. */
function isForeign({ origin, host, "sec-fetch-site": site }: Asked["headers"], own: URL): boolean {
  if (origin === undefined) return site === "cross-site" || site === "same-site";
  if (origin === own.origin) return false;
  // The same server by another of its names, which that page was opened by.
  return !URL.canParse(origin) || new URL(origin).host !== host || site === "cross-site";
}

/** A name that nobody can register: an address, or one without a dot. */
function isNobodys(host: string): boolean {
  const name = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, "") : "";
  return name !== "" && (isIP(name) !== 0 || !name.includes("."));
}
