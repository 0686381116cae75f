import { authRoute } from "../auth/route";
import { EtalonError } from "../errors";
import { refusal } from "./door/answer";
import { readBytes } from "./door/body";
import { bytesOf, responseOf } from "./door/next";

/** Forms of signing in and out are small. */
const MOST_BYTES = 16_384;

/** Auth.js' routes, with a bounded body. */
export async function authentication(request: Request): Promise<Response> {
  try {
    const body = request.method === "POST" ? new Uint8Array(await bodyOf(request)) : undefined;
    return await authRoute(request, { body });
  } catch (e) {
    return responseOf(refusal(e));
  }
}

/**
 * Redeems a one-time link: what the button on its page sends. Only a page of this origin may do so, so that no foreign
 * page signs its visitor in as somebody else.
 */
export async function redeem(request: Request): Promise<Response> {
  try {
    const origin = process.env.AUTH_URL ?? "";
    if (request.headers.get("origin") !== new URL(origin).origin) {
      throw new EtalonError("forbidden", "open the link itself and press its button");
    }
    const form = new URLSearchParams((await bodyOf(request)).toString("utf8"));
    const query = new URLSearchParams({
      token: form.get("token") ?? "",
      email: form.get("email") ?? "",
      callbackUrl: new URL(ownPath(form.get("from")), origin).href,
    });
    const headers = new Headers(request.headers);
    for (const name of ["content-type", "content-length", "content-encoding"]) headers.delete(name);
    const url = new URL(`/api/auth/callback/link?${query}`, origin).href;
    const answer = await authRoute({ url, method: "GET", headers }, { isRedeemed: true });
    // After a POST the browser must go on with a GET.
    return new Response(null, { status: answer.status === 302 ? 303 : answer.status, headers: answer.headers });
  } catch (e) {
    return responseOf(refusal(e));
  }
}

function bodyOf(request: Request): Promise<Buffer> {
  return readBytes(bytesOf(request), MOST_BYTES);
}

/** A path of this origin; anything else is the first page. */
function ownPath(from: string | null): string {
  return from && /^\/(?![/\\])/.test(from) && !/^\/(sign-|api\/)/.test(from) ? from : "/";
}
