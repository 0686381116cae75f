import type { IncomingMessage } from "node:http";

/**
 * Where a request came from. Behind a proxy that is the last entry of X-Forwarded-For, which the proxy itself writes:
 * those before it anybody can make up, and without a proxy all of them (ETALON_BEHIND_PROXY).
 */
export function addressOf({ socket, headers }: Pick<IncomingMessage, "socket" | "headers">): string | null {
  const forwarded = process.env.ETALON_BEHIND_PROXY ? headers["x-forwarded-for"]?.toString() : undefined;
  const address = forwarded?.split(",").at(-1)?.trim() || socket.remoteAddress;
  return address?.replace(/^::ffff:(?=\d+\.)/, "").slice(0, 100) ?? null;
}
