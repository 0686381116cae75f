import type { NextAuthConfig } from "next-auth";

/** The names of this server's cookies, by what each holds. */
export function cookieNames() {
  const name = (what: string) => ({ name: `${prefix()}${what}` });
  return {
    sessionToken: name("session-token"),
    csrfToken: name("csrf-token"),
    callbackUrl: name("callback-url"),
    pkceCodeVerifier: name("pkce-code-verifier"),
    state: name("state"),
    nonce: name("nonce"),
  } satisfies NextAuthConfig["cookies"];
}

/**
 * Cookies know no port: two servers on one host would sign each other out, and read each other's. Over https, where
 * every server has a host of its own, browsers see to it that no other host of the domain sets them.
 */
function prefix(): string {
  const text = process.env.AUTH_URL ?? "";
  const url = URL.canParse(text) ? new URL(text) : null;
  return url?.protocol === "https:" ? "__Host-etalon." : `etalon-${url?.port || "80"}.`;
}

const pairs = (cookies: string) => cookies.split(/;\s*/).map((pair) => [pair.split("=")[0]!.trim(), pair] as const);

/** The session's token among the cookies of a request; other servers of the host have cookies of their own names. */
export function sessionTokenIn(cookies: string | null): string | null {
  const { name } = cookieNames().sessionToken;
  const [, pair] = pairs(cookies ?? "").find(([n]) => n === name) ?? [];
  return pair?.slice(pair.indexOf("=") + 1).trim() || null;
}

/** The cookies of a request without what it knows a session by. */
export function withoutSession(cookies: string): string {
  const { name } = cookieNames().sessionToken;
  return pairs(cookies)
    .filter(([n]) => !n.startsWith(name))
    .map(([, pair]) => pair)
    .join("; ");
}
