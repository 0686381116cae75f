import { Auth } from "@auth/core";
import { authConfig } from "./auth";

/**
 * Auth.js' own routes on the configured public origin. next-auth's handlers would pass a NextRequest, which turns
 * 127.0.0.1 into localhost: after signing in the browser would stand on an origin that has no cookie.
 * A link is redeemed by the button of its page alone: whoever merely fetches it, such as a preview, uses nothing up.
 */
export async function authRoute(
  request: Pick<Request, "url" | "method" | "headers">,
  { body, isRedeemed = false }: { body?: BodyInit; isRedeemed?: boolean } = {},
): Promise<Response> {
  const { pathname, search, searchParams } = new URL(request.url);
  const origin = process.env.AUTH_URL;
  if (pathname.includes("/callback/")) {
    // Auth.js would ask the database for a token of nobody, and the driver does not survive a parameter that is
    // undefined.
    const incomplete = !searchParams.get("email") || !searchParams.get("token");
    if (incomplete) return Response.redirect(new URL("/sign-in?error=Verification", origin));
    if (!isRedeemed) return Response.redirect(new URL(`/sign-in/link${search}`, origin));
  }
  const { method, headers } = request;
  return Auth(new Request(new URL(pathname + search, origin), { method, headers, body }), authConfig());
}
