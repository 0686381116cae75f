import { Auth, skipCSRFCheck } from "@auth/core";
import { connection } from "@/db/client";
import { authConfig } from "./auth";
import { cookieNames, sessionTokenIn, withoutSession } from "./cookies";
import { ADDRESS_HEADER } from "./path-header";

type Asked = Pick<Request, "url" | "method" | "headers">;

/**
 * Auth.js' own routes on the configured public origin. next-auth's handlers would pass a NextRequest, which turns
 * 127.0.0.1 into localhost: after signing in the browser would stand on an origin that has no cookie.
 * A link is redeemed by the button of its page alone: whoever merely fetches it, such as a preview, uses nothing up.
 */
export async function authRoute(
  request: Asked,
  { body, isRedeemed = false }: { body?: BodyInit; isRedeemed?: boolean } = {},
): Promise<Response> {
  const { pathname: written, search, searchParams } = new URL(request.url);
  // Auth.js reads its paths so: what it takes for the way back must be that here too.
  const pathname = written.replaceAll(/\/+/g, "/");
  const origin = process.env.AUTH_URL;
  const [, provider] = /\/callback\/([^/]*)/.exec(pathname) ?? [];
  if (provider === "link") {
    // Auth.js would ask the database for a token of nobody, and the driver does not survive a parameter that is
    // undefined.
    const incomplete = !searchParams.get("email") || !searchParams.get("token");
    if (incomplete) return Response.redirect(new URL("/sign-in?error=Verification", origin));
    if (!isRedeemed) return Response.redirect(new URL(`/sign-in/link${search}`, origin));
  }
  const { method, headers } = request;
  const asked = (by: Headers) => new Request(new URL(pathname + search, origin), { method, headers: by, body });
  if (provider === undefined) return Auth(asked(headers), authConfig());
  return newSession(headers, (without) =>
    Auth(asked(without), authConfig({ provider, from: headers.get(ADDRESS_HEADER) })),
  );
}

/**
 * Signs in without the session that the browser has, which ends with that: Auth.js would go on with it, as who it is
 * of, and by what began it.
 */
async function newSession(headers: Headers, signIn: (without: Headers) => Promise<Response>): Promise<Response> {
  const cookies = headers.get("cookie") ?? "";
  const without = new Headers(headers);
  without.set("cookie", withoutSession(cookies));
  const answer = await signIn(without);
  const { name } = cookieNames().sessionToken;
  const [old, isNew] = [sessionTokenIn(cookies), answer.headers.getSetCookie().some((c) => c.startsWith(`${name}=`))];
  if (old && isNew) await connection().sql`delete from sessions where session_token = ${old}`;
  return answer;
}

/** Sends the browser to a provider; it comes back to the callback, and goes on to `to`. */
export function toProvider({ headers }: Asked, { provider, to }: { provider: string; to: string }): Promise<Response> {
  const url = new URL(`/api/auth/signin/${provider}`, process.env.AUTH_URL);
  const cookie = headers.get("cookie") ?? "";
  const body = new URLSearchParams({ callbackUrl: to });
  return Auth(new Request(url, { method: "POST", headers: { cookie }, body }), { ...authConfig(), skipCSRFCheck });
}
