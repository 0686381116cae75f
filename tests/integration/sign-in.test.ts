import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { sessions, verificationTokens } from "@/db/schema";
import { currentTeams, currentUser, hiddenNow } from "@/server/auth";
import { announce } from "@/server/event";
import { events } from "@/server/http/events";
import { authentication as GET, authentication as POST, redeem } from "@/server/http/sign-in";
import { changeAccess, createProject } from "@/server/services/project";
import { changeRole, createSignInLink, removeMember } from "@/server/services/team";
import { colleague, product } from "./product";

const browser = vi.hoisted(() => ({ cookie: "" }));
vi.mock("next/headers", () => ({
  headers: async () => new Headers(browser.cookie ? { cookie: browser.cookie } : {}),
  cookies: async () => ({ getAll: () => [], get: () => undefined, set: () => {} }),
}));

const publicUrl = "http://127.0.0.1:3999";
const p = product();

beforeAll(() => {
  process.env.AUTH_URL = publicUrl;
});
beforeEach(() => {
  browser.cookie = "";
});

const linkAt = (now: Date) =>
  createSignInLink(p.alice.db, { userId: p.alice.userId, publicUrl, secret: process.env.AUTH_SECRET!, now });

/** Presses the button of a link's page as a browser does; keeps the session's cookie. */
async function open(link: string, from = "", origin = publicUrl) {
  const { searchParams } = new URL(link);
  const body = new URLSearchParams({ token: searchParams.get("token")!, email: searchParams.get("email")!, from });
  const response = await redeem(new Request(`${publicUrl}/api/sign-in`, { method: "POST", body, headers: { origin } }));
  const cookies = response.headers.getSetCookie().filter((c) => c.includes("session-token"));
  browser.cookie = cookies[0]?.split(";")[0] ?? "";
  return { status: response.status, location: response.headers.get("location") ?? "", cookie: cookies[0] ?? "" };
}

test("the link signs the owner in, once", async () => {
  expect(await currentUser()).toBeNull();
  expect(await currentTeams()).toEqual([]);
  const link = await linkAt(new Date());
  expect(link.startsWith(`${publicUrl}/sign-in/link?`)).toBe(true);
  const first = await open(link);
  expect([first.status, first.location]).toEqual([303, `${publicUrl}/`]);
  expect(first.cookie).toMatch(/HttpOnly/i);
  expect(first.cookie).toMatch(/SameSite=Lax/i);
  expect(await currentUser()).toEqual({ userId: p.alice.userId, name: "Owner", provider: "link", timeZone: "UTC" });
  expect((await currentTeams()).map((t) => [t.slug, t.role])).toEqual([["team", "owner"]]);
  const second = await open(link);
  expect(second.cookie).toBe("");
  expect(second.location).toContain("/sign-in?error=Verification");
  expect(await currentUser()).toBeNull();
});

test("the link is good for 15 minutes", async () => {
  const minutesAgo = (m: number) => new Date(Date.now() - m * 60_000);
  expect((await open(await linkAt(minutesAgo(14.9)))).cookie).not.toBe("");
  const late = await open(await linkAt(minutesAgo(15.1)));
  expect([late.cookie, late.location.includes("error=Verification")]).toEqual(["", true]);
});

test("a link for another address, or with another token, signs nobody in", async () => {
  const link = new URL(await linkAt(new Date()));
  const forged = new URL(link);
  forged.searchParams.set("email", "mallory@example.org");
  expect((await open(forged.href)).cookie).toBe("");
  const guessed = new URL(link);
  guessed.searchParams.set("token", "0".repeat(64));
  expect((await open(guessed.href)).cookie).toBe("");
});

test("the link is stored as a hash", async () => {
  const token = new URL(await linkAt(new Date())).searchParams.get("token")!;
  const stored = await p.alice.db.select().from(verificationTokens);
  expect(stored.length).toBeGreaterThan(0);
  expect(JSON.stringify(stored)).not.toContain(token);
});

test("nobody can ask for a link over the web", async () => {
  const before = (await p.alice.db.select().from(verificationTokens)).length;
  const form = await GET(new Request(`${publicUrl}/api/auth/csrf`));
  const { csrfToken } = (await form.json()) as { csrfToken: string };
  const cookie = form.headers
    .getSetCookie()
    .map((c) => c.split(";")[0])
    .join("; ");
  const body = new URLSearchParams({ csrfToken, email: "owner@etalon.local", callbackUrl: publicUrl });
  const headers = { cookie, "content-type": "application/x-www-form-urlencoded" };
  const asked = await POST(new Request(`${publicUrl}/api/auth/signin/link`, { method: "POST", body, headers }));
  expect(asked.headers.get("location")).toContain("error=AccessDenied");
  expect(await p.alice.db.select().from(verificationTokens)).toHaveLength(before);
});

test("after signing in nobody is sent to another site", async () => {
  for (const from of ["https://evil.example/", "//evil.example", "/\\evil.example", "/api/auth/signout", "/sign-out"]) {
    const { location, cookie } = await open(await linkAt(new Date()), from);
    expect(cookie).not.toBe("");
    expect(location).toBe(`${publicUrl}/`);
  }
  expect((await open(await linkAt(new Date()), "/team/study/runs?q=lr")).location).toBe(
    `${publicUrl}/team/study/runs?q=lr`,
  );
});

test("whoever fetches a link uses nothing up, and no foreign page can redeem one", async () => {
  const link = await linkAt(new Date());
  const { searchParams } = new URL(link);
  const callback = `${publicUrl}/api/auth/callback/link?${searchParams}`;
  for (const method of ["GET", "HEAD"]) {
    const preview = await GET(new Request(callback, { method }));
    expect(preview.headers.getSetCookie().filter((c) => c.includes("session-token"))).toEqual([]);
    expect(preview.headers.get("location")).toContain("/sign-in/link?");
  }
  expect((await open(link, "", "https://evil.example")).status).toBe(403);
  expect((await open(link)).cookie).not.toBe("");
});

test("cookies of two servers on one host have different names", async () => {
  const first = (await open(await linkAt(new Date()))).cookie;
  expect(first).toMatch(/^etalon-3999\.session-token=/);
});

test("a body of signing in is bounded", async () => {
  const body = "x".repeat(20_000);
  expect((await POST(new Request(`${publicUrl}/api/auth/signin/link`, { method: "POST", body }))).status).toBe(413);
});

test("a session ends with its row", async () => {
  await open(await linkAt(new Date()));
  expect(await currentUser()).not.toBeNull();
  await p.alice.db.delete(sessions);
  expect(await currentUser()).toBeNull();
});

test("what stays open ends with the session, and with the membership", async () => {
  const { cookie } = await open(await linkAt(new Date()));
  const [pair] = cookie.split(";");
  expect(await hiddenNow(pair!, p.alice.teamId)).toEqual([]);
  expect(await hiddenNow(pair!, p.mallory.teamId)).toBeNull();
  expect(await hiddenNow("", p.alice.teamId)).toBeNull();
  await p.alice.db.delete(sessions);
  expect(await hiddenNow(pair!, p.alice.teamId)).toBeNull();
});

/** An open page that has begun to hear of changes. */
async function hearing(request: Request) {
  const heard = (await events(request)).body!.pipeThrough(new TextDecoderStream()).getReader();
  /** All that it hears until something is said. */
  const until = async (text: string) => {
    let all = "";
    while (!all.includes(text)) all += (await heard.read()).value ?? expect.fail("the stream ended");
    return all;
  };
  await until("retry");
  return { heard, until };
}

const tell = (projectId: string) => announce(p.alice, [{ projectId, kind: "run", id: crypto.randomUUID() }]);

test("an open page hears nothing of a project from the moment that it is closed to her", async () => {
  const reader = await colleague(p.alice, "viewer");
  const token = crypto.randomUUID();
  await p.alice.db.insert(sessions).values({ sessionToken: token, userId: reader.userId, expires: new Date(9e12) });
  browser.cookie = `etalon-3999.session-token=${token}`;
  const [closed, open] = [
    await createProject(p.alice, { name: "Closed" }),
    await createProject(p.alice, { name: "O" }),
  ];
  const stop = new AbortController();
  const request = new Request(`${publicUrl}/api/events?team=${p.alice.team}`, {
    headers: { cookie: browser.cookie },
    signal: stop.signal,
  });
  const { until } = await hearing(request);
  await tell(closed.id);
  await until(closed.id);
  await changeAccess(p.alice, { slug: closed.slug, openTo: "named" });
  await tell(closed.id);
  await tell(open.id);
  expect(await until(open.id)).not.toContain(closed.id);
  stop.abort();
});

test("an open page hears no more than a role says from the moment that it changes, and ends with the membership", async () => {
  const reader = await colleague(p.alice, "owner");
  const token = crypto.randomUUID();
  await p.alice.db.insert(sessions).values({ sessionToken: token, userId: reader.userId, expires: new Date(9e12) });
  browser.cookie = `etalon-3999.session-token=${token}`;
  const [closed, open] = [
    await createProject(p.alice, { name: "Owners" }),
    await createProject(p.alice, { name: "All" }),
  ];
  await changeAccess(p.alice, { slug: closed.slug, openTo: "named" });
  const request = new Request(`${publicUrl}/api/events?team=${p.alice.team}`, { headers: { cookie: browser.cookie } });
  const { heard, until } = await hearing(request);
  await tell(closed.id);
  await until(closed.id);
  await changeRole(p.alice, { userId: reader.userId, role: "viewer" });
  await tell(closed.id);
  await tell(open.id);
  expect(await until(open.id)).not.toContain(closed.id);
  await removeMember(p.alice, { userId: reader.userId });
  const late = new Promise((done) => setTimeout(done, 5_000, "still open"));
  const ended = (async () => {
    while (!(await heard.read()).done);
    return "ended";
  })();
  expect(await Promise.race([ended, late])).toBe("ended");
});
