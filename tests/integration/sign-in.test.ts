import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { sessions, verificationTokens } from "@/db/schema";
import { currentTeams, currentUser } from "@/server/auth";
import { GET, POST } from "@/server/auth/route";
import { createSignInLink } from "@/server/services/team";
import { product } from "./product";

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

/** Follows a link as a browser does; keeps the session's cookie. */
async function open(link: string) {
  const response = await GET(new Request(link, { redirect: "manual" }));
  const cookies = response.headers.getSetCookie().filter((c) => c.includes("session-token"));
  browser.cookie = cookies[0]?.split(";")[0] ?? "";
  return { status: response.status, location: response.headers.get("location") ?? "", cookie: cookies[0] ?? "" };
}

test("the link signs the owner in, once", async () => {
  expect(await currentUser()).toBeNull();
  expect(await currentTeams()).toEqual([]);
  const link = await linkAt(new Date());
  expect(link.startsWith(`${publicUrl}/api/auth/callback/link?`)).toBe(true);
  const first = await open(link);
  expect([first.status, first.location]).toEqual([302, `${publicUrl}/`]);
  expect(first.cookie).toMatch(/HttpOnly/i);
  expect(first.cookie).toMatch(/SameSite=Lax/i);
  expect(await currentUser()).toEqual({ userId: p.alice.userId, name: "Owner" });
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
  const link = new URL(await linkAt(new Date()));
  link.searchParams.set("callbackUrl", "https://evil.example/");
  const { location, cookie } = await open(link.href);
  expect(cookie).not.toBe("");
  expect(location.startsWith(publicUrl)).toBe(true);
});

test("a session ends with its row", async () => {
  await open(await linkAt(new Date()));
  expect(await currentUser()).not.toBeNull();
  await p.alice.db.delete(sessions);
  expect(await currentUser()).toBeNull();
});
