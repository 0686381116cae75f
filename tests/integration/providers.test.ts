import { createHash } from "node:crypto";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { accounts } from "@/db/schema";
import { currentUser } from "@/server/auth";
import { Browsing } from "./browsing";
import { product } from "./product";

/**
 * GitHub and Google by answers in the shape that their documentation gives
 * (docs.github.com/rest: "Get the authenticated user", "List email addresses for the authenticated user";
 * developers.google.com/identity/openid-connect: "Exchange code", "An ID token's payload").
 */

const asked = vi.hoisted(() => ({ cookie: "" }));
vi.mock("next/headers", () => ({
  headers: async () => new Headers(asked.cookie ? { cookie: asked.cookie } : {}),
  cookies: async () => ({ getAll: () => [], get: () => undefined, set: () => {} }),
}));

const publicUrl = "http://127.0.0.1:3999";
const p = product();
type Answer = Record<string, unknown> | unknown[];
/** What is answered at an address, and what was sent there. */
let answers: Record<string, (sent: Sent) => Answer>;
interface Sent {
  body: URLSearchParams;
  headers: Headers;
}
const sent = new Map<string, Sent>();

beforeAll(() => {
  Object.assign(process.env, { AUTH_URL: publicUrl, SIGN_IN_DOMAINS: "example.org,gmail.com" });
  for (const name of ["GITHUB", "GOOGLE"])
    Object.assign(process.env, { [`${name}_CLIENT_ID`]: "our id", [`${name}_CLIENT_SECRET`]: "our secret" });
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.stubGlobal("fetch", async (input: string | URL, init?: RequestInit) => {
    const url = String(input);
    const answer = answers[url];
    if (!answer) throw new Error(`nothing is recorded of ${url}`);
    const request = { body: new URLSearchParams(String(init?.body ?? "")), headers: new Headers(init?.headers) };
    sent.set(url, request);
    return Response.json(answer(request));
  });
});
afterAll(() => vi.unstubAllGlobals());
beforeEach(() => {
  asked.cookie = "";
  sent.clear();
});

/** To the provider and back with a code; where it ends, and what the provider was asked with. */
async function signIn(provider: string): Promise<{ end: string; query: URLSearchParams }> {
  const browser = new Browsing(publicUrl);
  const at = (
    await browser.goTo(`/api/sign-in/with?provider=${provider}&from=/team`, {
      stop: (url) => url.origin !== publicUrl,
    })
  ).url;
  nonce = at.searchParams.get("nonce") ?? "";
  const query = new URLSearchParams({ code: "a code", state: at.searchParams.get("state")! });
  const { url } = await browser.goTo(`/api/auth/callback/${provider}?${query}`);
  asked.cookie = browser.cookie;
  return { end: url.href.replace(publicUrl, ""), query: at.searchParams };
}

const accountOf = async () =>
  (
    await p.alice.db
      .select()
      .from(accounts)
      .where(eq(accounts.userId, (await currentUser())!.userId))
  )[0]!;

let nonce = "";

describe("GitHub", () => {
  const TOKEN = "https://github.com/login/oauth/access_token";
  const EMAILS = [
    { email: "old@example.org", verified: true, primary: false, visibility: null },
    { email: "Octocat@example.org", verified: true, primary: true, visibility: "private" },
  ];
  const recorded = (emails: Answer, user: Record<string, unknown> = {}) => ({
    [TOKEN]: () => ({ access_token: "gho_x", scope: "read:user,user:email", token_type: "bearer" }),
    "https://api.github.com/user": () => ({ login: "octocat", id: 583_231, name: "The Octocat", email: null, ...user }),
    "https://api.github.com/user/emails": () => emails,
  });

  test("vouches for the primary address that it has verified, whatever a profile says", async () => {
    answers = recorded(EMAILS, { email: "public@elsewhere.org" });
    const { end, query } = await signIn("github");
    expect(end).toBe("/team");
    expect(await currentUser()).toMatchObject({ name: "The Octocat", provider: "github" });
    expect(await accountOf()).toMatchObject({ provider: "github", providerAccountId: "583231", access_token: null });
    expect(await p.alice.sql`select from users where email = 'octocat@example.org'`).toHaveLength(1);
    const { body, headers } = sent.get(TOKEN)!;
    const challenge = createHash("sha256").update(body.get("code_verifier")!).digest("base64url");
    expect([query.get("code_challenge"), query.get("scope")]).toEqual([challenge, "read:user user:email"]);
    expect(headers.get("authorization")).toMatch(/^Basic /);
  });

  test("does not for one that it has not verified, or where it has none", async () => {
    const unverified = EMAILS.map((e) => ({ ...e, verified: !e.primary, email: `new-${e.email}` }));
    for (const emails of [unverified, [], unverified.slice(0, 1)]) {
      answers = recorded(emails, { id: 2, email: "new-octocat@example.org", email_verified: true });
      expect((await signIn("github")).end).toBe("/sign-in?error=Unverified");
    }
  });
});

describe("Google", () => {
  const ISSUER = "https://accounts.google.com";
  const TOKEN = "https://oauth2.googleapis.com/token";
  const recorded = (claims: Record<string, unknown>) => ({
    [`${ISSUER}/.well-known/openid-configuration`]: () => ({
      ...{ issuer: ISSUER, authorization_endpoint: `${ISSUER}/o/oauth2/v2/auth`, token_endpoint: TOKEN },
      userinfo_endpoint: "https://openidconnect.googleapis.com/v1/userinfo",
      jwks_uri: "https://www.googleapis.com/oauth2/v3/certs",
      response_types_supported: ["code"],
      id_token_signing_alg_values_supported: ["RS256"],
      code_challenge_methods_supported: ["plain", "S256"],
    }),
    [TOKEN]: () => {
      const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
      const now = Math.floor(Date.now() / 1_000);
      const whole = { iss: ISSUER, azp: "our id", aud: "our id", iat: now, exp: now + 3_599, nonce, ...claims };
      // Whoever takes a token from the issuer itself, over TLS, need not look at its signature.
      const id_token = `${part({ alg: "RS256", kid: "k", typ: "JWT" })}.${part(whole)}.c2lnbmF0dXJl`;
      return { access_token: "ya29.x", expires_in: 3_599, scope: "openid", token_type: "Bearer", id_token };
    },
  });

  test("vouches for addresses of organisations and its own", async () => {
    answers = recorded({ sub: "1", email: "ada@example.org", email_verified: true, hd: "example.org", name: "Ada" });
    const { end, query } = await signIn("google");
    expect(end).toBe("/team");
    expect(await currentUser()).toMatchObject({ name: "Ada", provider: "google" });
    expect(await accountOf()).toMatchObject({ provider: "google", providerAccountId: "1" });
    expect(query.get("scope")).toBe("openid profile email");
    answers = recorded({ sub: "2", email: "bea@gmail.com", email_verified: true });
    expect((await signIn("google")).end).toBe("/team");
  });

  test("does not for others', of which it knows only that they were somebody's once", async () => {
    for (const claims of [
      { sub: "3", email: "cy@example.org", email_verified: true },
      { sub: "3", email: "cy@example.org", email_verified: false, hd: "example.org" },
      { sub: "3", email: "cy@example.org", email_verified: true, hd: null },
      { sub: "3", email: "cy@gmail.com.example.org", email_verified: true },
    ]) {
      answers = recorded(claims);
      expect((await signIn("google")).end).toBe("/sign-in?error=Unverified");
    }
  });

  test.each([
    ["for another program", { aud: "theirs" }],
    ["of another issuer", { iss: "https://evil.example" }],
    ["for another sign-in", { nonce: "theirs" }],
    ["that is over", { exp: 1_700_000_000 }],
  ])("a token %s signs nobody in", async (_, wrong) => {
    const claims = { sub: "1", email: "ada@example.org", email_verified: true, hd: "example.org" };
    answers = recorded({ ...claims, ...wrong });
    expect((await signIn("google")).end).toBe("/sign-in?error=Configuration");
    expect(await currentUser()).toBeNull();
  });
});
