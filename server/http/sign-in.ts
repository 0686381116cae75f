import { currentSession, currentUser, means } from "../auth";
import { ADDRESS_HEADER } from "../auth/path-header";
import { authRoute, toProvider } from "../auth/route";
import { EtalonError } from "../errors";
import { mailSignInLink } from "../services/account";
import { acceptInvitation } from "../services/invitation";
import { countSignIn, signInSettings } from "../services/sso";
import { createSignInLink } from "../services/team";
import { refusal } from "./door/answer";
import { readBytes } from "./door/body";
import { bytesOf, responseOf } from "./door/next";

/** Forms of signing in and out are small. */
const MOST_BYTES = 16_384;

/** Auth.js' routes, with a bounded body; those that sign in are counted. */
export async function authentication(request: Request): Promise<Response> {
  try {
    if (/\/(callback|signin)\//.test(new URL(request.url).pathname)) count(request);
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
export function redeem(request: Request): Promise<Response> {
  return fromOwnPage(request, (form) => {
    const [token, email] = [form.get("token") ?? "", form.get("email") ?? ""];
    return signedIn(request, { token, email, to: ownPath(form.get("from")) });
  });
}

/**
 * Sends a browser to a provider: where the link of its button leads. No form does, as the content policy keeps forms
 * to this origin, wherever the provider sends on to. Another site may not begin what ends a session.
 */
export async function begin(request: Request): Promise<Response> {
  try {
    count(request);
    const { searchParams } = new URL(request.url);
    const provider = signInSettings().providers.find((p) => p.id === searchParams.get("provider"));
    if (!provider || request.headers.get("sec-fetch-site") === "cross-site") return seeOther("/sign-in");
    const to = ownPath(searchParams.get("from"));
    const { status, headers } = await toProvider(request, { provider: provider.id, to });
    return new Response(null, { status, headers: [...headers, ["cache-control", "no-store"]] });
  } catch (e) {
    return responseOf(refusal(e));
  }
}

/** Sends a one-time link to an address, if it is somebody's here; the answer is the same for every address. */
export function mailLink(request: Request): Promise<Response> {
  return fromOwnPage(request, async (form) => {
    const email = (form.get("email") ?? "").trim().toLowerCase().slice(0, 320);
    const failed = (reason: string) => console.error(`a sign-in link could not be mailed: ${reason}`);
    await mailSignInLink(means(), { email, signing: signing(), failed });
    return seeOther("/sign-in?sent=1");
  });
}

/**
 * Accepts an invitation: what the button on its page sends. Who is not signed in and may be known by the link is signed
 * in by that.
 */
export function accept(request: Request): Promise<Response> {
  return fromOwnPage(request, async (form) => {
    const token = form.get("token") ?? "";
    const user = await currentUser();
    try {
      const accepted = await acceptInvitation(
        { ...means(), from: request.headers.get(ADDRESS_HEADER) },
        token,
        user?.userId ?? null,
        await currentSession(),
      );
      const to = `/${accepted.teamSlug}`;
      if (!accepted.signIn) return seeOther(to);
      const { userId, mailed, email } = accepted;
      const link = await createSignInLink(means().db, { userId, mailed, ...signing(), now: new Date() });
      return await signedIn(request, { token: new URL(link).searchParams.get("token")!, email, to });
    } catch (e) {
      // Its page says why.
      if (e instanceof EtalonError) return seeOther(`/invitation?${new URLSearchParams({ token })}`);
      throw e;
    }
  });
}

/** What a form of this origin's own pages sends. */
async function fromOwnPage(request: Request, work: (form: URLSearchParams) => Promise<Response>): Promise<Response> {
  try {
    if (request.headers.get("origin") !== new URL(process.env.AUTH_URL ?? "").origin) {
      throw new EtalonError("forbidden", "open the link itself and press its button");
    }
    count(request);
    return await work(new URLSearchParams((await bodyOf(request)).toString("utf8")));
  } catch (e) {
    return responseOf(refusal(e));
  }
}

/** Auth.js' answer to a one-time link, with the session's cookie. */
async function signedIn(request: Request, { token, email, to }: { token: string; email: string; to: string }) {
  const origin = process.env.AUTH_URL ?? "";
  const query = new URLSearchParams({ token, email, callbackUrl: new URL(to, origin).href });
  const headers = new Headers(request.headers);
  for (const name of ["content-type", "content-length", "content-encoding"]) headers.delete(name);
  const url = new URL(`/api/auth/callback/link?${query}`, origin).href;
  const answer = await authRoute({ url, method: "GET", headers }, { isRedeemed: true });
  // After a POST the browser must go on with a GET.
  return new Response(null, { status: answer.status === 302 ? 303 : answer.status, headers: answer.headers });
}

function seeOther(path: string): Response {
  return new Response(null, { status: 303, headers: { location: new URL(path, process.env.AUTH_URL).href } });
}

/** As the start command has set them. */
const signing = () => ({ publicUrl: process.env.AUTH_URL ?? "", secret: process.env.AUTH_SECRET ?? "" });

/** Errors: `too_many`. */
function count({ headers }: Request): void {
  countSignIn(headers.get(ADDRESS_HEADER), new Date());
}

function bodyOf(request: Request): Promise<Buffer> {
  return readBytes(bytesOf(request), MOST_BYTES);
}

/** An address of this origin; for anything else that of the first page. */
function ownPath(from: string | null): string {
  const { origin } = new URL(process.env.AUTH_URL ?? "");
  const url = from?.startsWith("/") && URL.canParse(from, origin) ? new URL(from, origin) : null;
  const isOwn = url?.origin === origin && !/^\/+(sign-|api\/)/.test(url.pathname);
  return isOwn ? url.href : `${origin}/`;
}
