import { eq } from "drizzle-orm";
import { afterEach, describe, expect, test, vi } from "vitest";
import { accounts, members, sessions } from "@/db/schema";
import { currentSession, currentUser, hiddenNow } from "@/server/auth";
import { redeem } from "@/server/http/sign-in";
import { checkIssuer, unlinkMember } from "@/server/services/sso";
import { addMember, createSignInLink } from "@/server/services/team";
import { issuer } from "../issuer";
import { Browsing } from "./browsing";
import { colleague } from "./product";
import { publicUrl, withIssuer } from "./sso";

const asked = vi.hoisted(() => ({ cookie: "" }));
vi.mock("next/headers", () => ({
  headers: async () => new Headers(asked.cookie ? { cookie: asked.cookie } : {}),
  cookies: async () => ({ getAll: () => [], get: () => undefined, set: () => {} }),
}));

const { p, filled, said, person, toCallback, signIn, userOf, server, signing } = withIssuer(asked);

afterEach(() => {
  filled.example.lasts.code = 60;
  filled.example.clock.late = 0;
  vi.useRealTimers();
});

test("who is let in gets an account by signing in, stands where she wanted to, and is the same the next time", async () => {
  const { login, email } = person({ name: "Ada" });
  expect(await signIn(login, "/team/runs?q=lr")).toBe("/team/runs?q=lr");
  const first = await currentUser();
  expect(first).toMatchObject({ name: "Ada", provider: "oidc" });
  expect(await userOf(email)).toMatchObject({ id: first!.userId, emailVerified: expect.any(Date) });
  const [row] = await p.alice.db.select().from(sessions).where(eq(sessions.userId, first!.userId));
  expect((row!.expires.getTime() - Date.now()) / 86_400_000).toBeCloseTo(7, 2);
  expect(await currentSession()).toBe(row!.id);
  // Her address at the issuer may change: she is known by what it calls her.
  filled.example.people.set(login, { email: "other@example.org", email_verified: false });
  await signIn(login);
  expect((await currentUser())!.userId).toBe(first!.userId);
  const kept = await p.alice.db.select().from(accounts).where(eq(accounts.userId, first!.userId));
  expect(kept.map((a) => [a.provider, a.providerAccountId])).toEqual([["oidc", `${filled.example.url} ${login}`]]);
  expect([kept[0]!.access_token, kept[0]!.id_token, kept[0]!.refresh_token]).toEqual([null, null, null]);
});

test("after signing in nobody is sent to another site", async () => {
  const { login } = person();
  for (const from of ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", "/sign-out"])
    expect(await signIn(login, from)).toBe("/");
  // A path of this server, whatever it looks like.
  expect(await signIn(login, "/.//evil.example")).toBe("//evil.example");
});

describe("nobody is signed in", () => {
  const refused = async (browser: Browsing, callback: URL) => {
    const { url } = await browser.goTo(callback.href);
    expect([...browser.cookies.keys()].filter((c) => c.includes("session-token"))).toEqual([]);
    expect(url.pathname).toBe("/sign-in");
    return url.searchParams.get("error");
  };

  test("by a state that is not this browser's", async () => {
    const browser = new Browsing(publicUrl);
    const callback = await toCallback(browser, person().login);
    const stranger = new Browsing(publicUrl);
    const theirs = await toCallback(stranger, person().login);
    callback.searchParams.set("state", theirs.searchParams.get("state")!);
    expect(await refused(browser, callback)).toBe("Configuration");
    expect(await refused(new Browsing(publicUrl), theirs)).toBe("Configuration");
    expect(said.join()).toContain("state");
  });

  test("by a code that was used", async () => {
    const browser = new Browsing(publicUrl);
    const callback = await toCallback(browser, person().login);
    const before = new Map(browser.cookies);
    const { url } = await browser.goTo(callback.href);
    expect(url.pathname).toBe("/team");
    const again = new Browsing(publicUrl);
    for (const [name, value] of before) again.cookies.set(name, value);
    expect(await refused(again, callback)).toBe("Configuration");
    expect(said.join()).toContain("invalid_grant");
  });

  test("by a code that the issuer made too long ago, or a way back that took too long", async () => {
    filled.example.lasts.code = 1;
    const browser = new Browsing(publicUrl);
    const late = await toCallback(browser, person().login);
    await new Promise((done) => setTimeout(done, 2_100));
    expect(await refused(browser, late)).toBe("Configuration");
    filled.example.lasts.code = 3_600;
    const slow = new Browsing(publicUrl);
    const callback = await toCallback(slow, person().login);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 16 * 60_000 });
    expect(await refused(slow, callback)).toBe("Configuration");
  });

  test("by a token of who she is that is over", async () => {
    filled.example.clock.late = 3_600;
    const browser = new Browsing(publicUrl);
    expect(await refused(browser, await toCallback(browser, person().login))).toBe("Configuration");
    expect(said.join()).toContain('"exp"');
  });

  test("by another issuer than the one that was asked", async () => {
    const browser = new Browsing(publicUrl);
    const callback = await toCallback(browser, person().login);
    callback.searchParams.set("iss", "https://evil.example");
    expect(await refused(browser, callback)).toBe("Configuration");
    expect(said.join()).toContain('"iss"');
    process.env.OIDC_ISSUER = filled.example.url.replace("127.0.0.1", "localhost");
    const { url } = await new Browsing(publicUrl).goTo("/api/sign-in/with?provider=oidc");
    expect(url.search).toBe("?error=Configuration");
  });

  test("with an address that the issuer does not vouch for", async () => {
    for (const email_verified of [false, undefined, "true", 1]) {
      const { login, email } = person({ email_verified });
      expect(await signIn(login)).toBe("/sign-in?error=Unverified");
      expect(await userOf(email)).toBeUndefined();
    }
    expect(await signIn(person({ email: "no address" }).login)).toBe("/sign-in?error=Unverified");
    expect(await currentUser()).toBeNull();
  });

  test("with an address that nobody let in: of no domain that may, of a part of one, or where none may", async () => {
    for (const email of ["a@elsewhere.org", "a@sub.example.org", "a@notexample.org", "example.org@evil.org"]) {
      expect(await signIn(person({ email }).login)).toBe("/sign-in?error=NotInvited");
      expect(await userOf(email)).toBeUndefined();
    }
    delete process.env.SIGN_IN_DOMAINS;
    expect(await signIn(person().login)).toBe("/sign-in?error=NotInvited");
  });

  test("who turned back at the issuer", async () => {
    const browser = new Browsing(publicUrl);
    const callback = await toCallback(browser, person().login);
    callback.searchParams.delete("code");
    callback.searchParams.set("error", "access_denied");
    expect(await refused(browser, callback)).toBe("OAuthCallbackError");
  });

  test("where the issuer is away", async () => {
    process.env.OIDC_ISSUER = "http://127.0.0.1:1";
    const { url } = await new Browsing(publicUrl).goTo("/api/sign-in/with?provider=oidc");
    expect(url.href).toBe(`${publicUrl}/sign-in?error=Configuration`);
  });

  test("by a provider that is off, or because another site says so", async () => {
    expect((await new Browsing(publicUrl).goTo("/api/sign-in/with?provider=github")).url.pathname).toBe("/sign-in");
    const lured = new Browsing(publicUrl, { "sec-fetch-site": "cross-site" });
    expect((await lured.goTo("/api/sign-in/with?provider=oidc")).url.pathname).toBe("/sign-in");
    expect(lured.cookies.size).toBe(0);
  });
});

test("the start says why nobody could sign in by an issuer", async () => {
  const { url } = filled.example;
  await checkIssuer(url);
  await expect(checkIssuer(url.replace("127.0.0.1", "localhost"))).rejects.toThrow(
    `it calls itself "${url}": set that`,
  );
  await expect(checkIssuer(`${url}/realm`)).rejects.toThrow("/realm/.well-known/openid-configuration answers 404");
  await expect(checkIssuer("http://127.0.0.1:1")).rejects.toThrow("127.0.0.1:1/.well-known/openid-configuration: ");
});

describe("an account that is there", () => {
  test("is hers who has its verified address, whatever began it; what others hold of it ends", async () => {
    const { login, email } = person();
    const { userId, link } = await addMember(p.mallory, { email, role: "viewer" }, signing());
    const token = { token: new URL(link).searchParams.get("token")!, email };
    const spy = { sessionToken: crypto.randomUUID(), userId, expires: new Date(Date.now() + 3_600_000) };
    await p.alice.db.insert(sessions).values(spy);
    delete process.env.SIGN_IN_DOMAINS;
    await signIn(login);
    expect((await currentUser())!.userId).toBe(userId);
    expect((await userOf(email))!.emailVerified).not.toBeNull();
    const left = await p.alice.db.select().from(sessions).where(eq(sessions.userId, userId));
    expect(left.map((s) => s.provider)).toEqual(["oidc"]);
    const used = await new Browsing(publicUrl).goTo(`/api/auth/callback/link?${new URLSearchParams(token)}`);
    expect(used.url.pathname).toBe("/sign-in/link");
    expect(await p.alice.sql`select from verification_tokens where identifier = ${email}`).toHaveLength(0);
  });

  test("is not hers who has its address later, until it is untied by whoever runs the server", async () => {
    const { login, email } = person();
    await signIn(login);
    const first = (await currentUser())!.userId;
    const next = person({ email });
    expect(await signIn(next.login)).toBe("/sign-in?error=OtherAccount");
    await p.alice.db.insert(members).values({ teamId: p.alice.teamId, userId: first, role: "viewer" });
    await expect(unlinkMember(p.alice, { userId: first })).rejects.toMatchObject({ code: "forbidden" });
    expect(await unlinkMember(server(), { userId: first })).toEqual({ accounts: 1 });
    expect(await p.alice.db.select().from(sessions).where(eq(sessions.userId, first))).toEqual([]);
    await signIn(next.login);
    expect((await currentUser())!.userId).toBe(first);
    expect(await signIn(login)).toBe("/sign-in?error=OtherAccount");
  });

  test("is not hers whom another issuer calls by the same name", async () => {
    const { login, email } = person();
    await signIn(login);
    const first = (await currentUser())!.userId;
    const other = await issuer(`${publicUrl}/api/auth/callback/oidc`);
    try {
      other.people.set(login, { email: "somebody-else@example.org", email_verified: true });
      Object.assign(process.env, other.env);
      await signIn(login);
      expect((await currentUser())!.userId).not.toBe(first);
      // Who moves with the server to another issuer stays who she is.
      other.people.set("moved", { email, email_verified: true });
      await signIn("moved");
      expect((await currentUser())!.userId).toBe(first);
    } finally {
      await other.close();
    }
  });

  test("is tied once by who signs in twice at once", async () => {
    const { login, email } = person();
    const both = [new Browsing(publicUrl), new Browsing(publicUrl)];
    const callbacks = await Promise.all(both.map((browser) => toCallback(browser, login)));
    const ends = await Promise.all(both.map((browser, i) => browser.goTo(callbacks[i]!.href)));
    expect(ends.map((e) => e.url.pathname)).toEqual(["/team", "/team"]);
    expect(
      await p.alice.sql`select from accounts a join users u on u.id = a.user_id where u.email = ${email}`,
    ).toHaveLength(1);
  });
});

test("every way in begins a new session, and ends the one that the browser had", async () => {
  const bob = await colleague(p.alice, "viewer");
  const browser = new Browsing(publicUrl);
  browser.cookies.set("etalon-3999.session-token", crypto.randomUUID());
  const planted = { userId: bob.userId, expires: new Date(Date.now() + 3_600_000) };
  await p.alice.db
    .insert(sessions)
    .values({ ...planted, sessionToken: browser.cookies.get("etalon-3999.session-token")! });
  const { login } = person();
  await signIn(login, "/", browser);
  const first = browser.cookies.get("etalon-3999.session-token")!;
  expect((await currentUser())!.userId).not.toBe(bob.userId);
  expect(await p.alice.db.select().from(sessions).where(eq(sessions.userId, bob.userId))).toEqual([]);
  await signIn(login, "/", browser);
  expect(browser.cookies.get("etalon-3999.session-token")).not.toBe(first);
  expect(await p.alice.db.select().from(sessions).where(eq(sessions.sessionToken, first))).toEqual([]);
});

test("use does not prolong a session that a provider began, but one that a link did", async () => {
  await signIn(person().login);
  const { userId } = (await currentUser())!;
  const ends = async () => (await p.alice.db.select().from(sessions).where(eq(sessions.userId, userId)))[0]!.expires;
  const before = await ends();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3 * 86_400_000 });
  await currentUser();
  expect(await ends()).toEqual(before);
  await p.alice.db.update(sessions).set({ provider: "link" }).where(eq(sessions.userId, userId));
  await currentUser();
  expect((await ends()).getTime()).toBeGreaterThan(before.getTime() + 20 * 86_400_000);
});

describe("cookies", () => {
  test("of another server on the host are not this one's", async () => {
    await signIn(person().login);
    const { userId } = (await currentUser())!;
    await p.alice.db.insert(members).values({ teamId: p.alice.teamId, userId, role: "viewer" });
    const [row] = await p.alice.db.select().from(sessions).where(eq(sessions.userId, userId));
    expect(await hiddenNow(asked.cookie, p.alice.teamId)).toEqual([]);
    for (const name of ["etalon-3998.session-token", "authjs.session-token", "x-etalon-3999.session-token"]) {
      asked.cookie = `${name}=${row!.sessionToken}`;
      expect([await currentSession(), await hiddenNow(asked.cookie, p.alice.teamId)]).toEqual([null, null]);
      expect(await currentUser()).toBeNull();
    }
  });

  test("are bound to the host over https", async () => {
    process.env.AUTH_URL = "https://etalon.example";
    try {
      const link = await createSignInLink(p.alice.db, {
        ...{ userId: p.alice.userId, publicUrl: "https://etalon.example", secret: signing().secret, now: new Date() },
      });
      const body = new URLSearchParams(new URL(link).searchParams);
      const headers = { origin: "https://etalon.example" };
      const answer = await redeem(new Request("https://etalon.example/api/sign-in", { method: "POST", body, headers }));
      const cookie = answer.headers.getSetCookie().find((c) => c.includes("session-token"))!;
      expect(cookie).toMatch(
        /^__Host-etalon\.session-token=[^;]+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/,
      );
      asked.cookie = cookie.split(";")[0]!;
      expect((await currentUser())!.userId).toBe(p.alice.userId);
    } finally {
      process.env.AUTH_URL = publicUrl;
    }
  });
});

test("an address of the network has so many attempts a minute, and is told when to go on", async () => {
  const from = (address: string) => new Browsing(publicUrl, { "x-etalon-address": address });
  const begin = async (address: string) => {
    const response = await from(address).ask(new URL("/api/sign-in/with?provider=none", publicUrl));
    return [response.status, Number(response.headers.get("retry-after"))];
  };
  for (let i = 0; i < 60; i++) expect((await begin("192.0.2.1"))[0]).toBe(303);
  expect(await begin("192.0.2.1")).toEqual([429, 1]);
  const callback = new URL("/api/auth/callback/oidc?code=x&state=y", publicUrl);
  expect((await from("192.0.2.1").ask(callback)).status).toBe(429);
  expect((await begin("192.0.2.2"))[0]).toBe(303);
  for (let i = 0; i < 60; i++) await begin(`2001:db8::${i.toString(16)}:1`);
  expect((await begin("2001:db8:0:0:ffff::9"))[0]).toBe(429);
  expect((await begin("2001:db8:0:1::9"))[0]).toBe(303);
});
