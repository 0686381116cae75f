import { Auth } from "@auth/core";
import { authConfig } from "./auth";

/**
 * Auth.js' own routes on the configured public origin. next-auth's handlers would pass a NextRequest, which turns
 * 127.0.0.1 into localhost: after signing in the browser would stand on an origin that has no cookie.
 */
async function handle(request: Request): Promise<Response> {
  const { pathname, search, searchParams } = new URL(request.url);
  // Auth.js would ask the database for a token of nobody, and the driver does not survive a parameter that is undefined.
  const incomplete = !searchParams.get("email") || !searchParams.get("token");
  if (pathname.includes("/callback/") && incomplete) {
    return Response.redirect(new URL("/sign-in?error=Verification", process.env.AUTH_URL));
  }
  const { method, headers } = request;
  const body = method === "POST" ? await request.arrayBuffer() : undefined;
  return Auth(new Request(new URL(pathname + search, process.env.AUTH_URL), { method, headers, body }), authConfig());
}

export { handle as GET, handle as POST };
