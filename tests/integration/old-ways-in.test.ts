import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { auditLog, members, sessions, teams, users, verificationTokens } from "@/db/schema";
import { currentTeams, currentUser } from "@/server/auth";
import { accept, mailLink, redeem } from "@/server/http/sign-in";
import { deleteAccount } from "@/server/services/account";
import { invite, listInvitations } from "@/server/services/invitation";
import {
  addMember,
  changeAddress,
  changeRole,
  createSignInLink,
  createTeam,
  leaveTeam,
  memberLink,
  removeMember,
} from "@/server/services/team";
import { linkIn, mailbox } from "../mailbox";
import { colleague, type Person, product } from "./product";

const browser = vi.hoisted(() => ({ cookie: "" }));
vi.mock("next/headers", () => ({
  headers: async () => new Headers(browser.cookie ? { cookie: browser.cookie } : {}),
  cookies: async () => ({ getAll: () => [], get: () => undefined, set: () => {} }),
}));

const publicUrl = "http://127.0.0.1:3999";
const p = product();
const signing = () => ({ publicUrl, secret: process.env.AUTH_SECRET! });
const address = () => `person-${crypto.randomUUID().slice(0, 8)}@example.org`;

beforeAll(() => {
  process.env.AUTH_URL = publicUrl;
});
beforeEach(() => {
  browser.cookie = "";
});

async function press(handler: (r: Request) => Promise<Response>, fields: Record<string, string>) {
  const headers = { origin: publicUrl, ...(browser.cookie && { cookie: browser.cookie }) };
  const response = await handler(
    new Request(`${publicUrl}/x`, { method: "POST", body: new URLSearchParams(fields), headers }),
  );
  const cookie = response.headers.getSetCookie().find((c) => c.includes("session-token"));
  if (cookie) browser.cookie = cookie.split(";")[0]!;
  return response.headers.get("location")?.replace(publicUrl, "") ?? "";
}

/** Opens a link in a browser of its own; who is signed in there. */
async function open(link: string | URL): Promise<string | null> {
  const { pathname, searchParams } = new URL(link);
  browser.cookie = "";
  await press(pathname === "/invitation" ? accept : redeem, Object.fromEntries(searchParams));
  return (await currentUser())?.userId ?? null;
}

const emailOf = async (person: Person) =>
  (await p.alice.db.select().from(users).where(eq(users.id, person.userId)))[0]!.email!;
const server = (): Person => ({ ...p.alice, actor: { kind: "system", name: "cli" } });
const tokensOf = (email: string) =>
  p.alice.db.select().from(verificationTokens).where(eq(verificationTokens.identifier, email));

describe("what an owner could keep of a person ends when she joins another team", () => {
  test("a link to sign in that she made, and a session begun by one, by an invitation", async () => {
    const bob = await colleague(p.mallory, "viewer");
    const first = await memberLink(p.mallory, { userId: bob.userId }, signing());
    const kept = await memberLink(p.mallory, { userId: bob.userId }, signing());
    expect(await open(first.link)).toBe(bob.userId);
    const spy = browser.cookie;
    const own = await createSignInLink(p.alice.db, { userId: bob.userId, ...signing(), now: new Date() });
    expect(await open(own)).toBe(bob.userId);
    const { link } = await invite(p.alice, { email: await emailOf(bob), role: "editor" }, { publicUrl });
    expect(await press(accept, { token: new URL(link!).searchParams.get("token")! })).toBe("/team");
    expect((await currentTeams()).map((t) => t.slug)).toEqual(["rivals", "team"]);
    browser.cookie = spy;
    expect(await currentUser()).toBeNull();
    expect(await open(kept.link)).toBeNull();
  });

  test("also where she is made a member at once, or makes a team", async () => {
    for (const join of [
      async (bob: Person) => void (await addMember(server(), { email: await emailOf(bob), role: "editor" }, signing())),
      async (bob: Person) => void (await createTeam(bob, { name: `Of ${bob.userId}` })),
    ]) {
      const bob = await colleague(p.mallory, "viewer");
      const kept = await memberLink(p.mallory, { userId: bob.userId }, signing());
      await join(bob);
      expect(await open(kept.link)).toBeNull();
    }
  });
});

test("no link is made for a member who joins another team at that moment", async () => {
  const bob = await colleague(p.mallory, "viewer");
  let asked: Promise<unknown> = Promise.resolve();
  await p.alice.sql.begin(async (tx) => {
    await tx`insert into members (team_id, user_id, role) values (${p.alice.teamId}, ${bob.userId}, 'viewer')`;
    await tx`select from users where id = ${bob.userId} for no key update`;
    asked = memberLink(p.mallory, { userId: bob.userId }, signing());
    asked.catch(() => {});
    await new Promise((done) => setTimeout(done, 300));
  });
  await expect(asked).rejects.toMatchObject({ code: "conflict" });
});

test("a deleted account stays deleted, and a new one of its address is not opened by links of the old", async () => {
  const bob = await colleague(p.alice, "viewer");
  const email = await emailOf(bob);
  const { link } = await memberLink(p.alice, { userId: bob.userId }, signing());
  await deleteAccount(bob, { confirm: email });
  expect(await open(link)).toBeNull();
  expect(await p.alice.db.select().from(users).where(eq(users.email, email))).toEqual([]);
  expect(await tokensOf(email)).toEqual([]);
});

test("an address that changed leaves no link for whoever has it next", async () => {
  const bob = await colleague(p.alice, "viewer");
  const email = await emailOf(bob);
  const { link } = await memberLink(p.alice, { userId: bob.userId }, signing());
  await changeAddress(server(), { userId: bob.userId, email: address() });
  const next = await addMember(server(), { email, role: "viewer" }, signing());
  expect(await open(link)).toBeNull();
  expect(await open(next.link)).toBe(next.userId);
});

describe("whoever is no owner any more keeps no invitation", () => {
  test.each(["removed", "demoted", "left", "deleted"])("%s", async (how) => {
    const eve = await colleague(p.alice, "owner");
    const email = address();
    const { link, id } = await invite(eve, { email, role: "owner" }, { publicUrl });
    if (how === "removed") await removeMember(p.alice, { userId: eve.userId });
    if (how === "demoted") await changeRole(p.alice, { userId: eve.userId, role: "viewer" });
    if (how === "left") await leaveTeam(eve);
    if (how === "deleted") await deleteAccount(eve, { confirm: await emailOf(eve) });
    expect(await open(link!)).toBeNull();
    expect((await listInvitations(p.alice)).invitations.map((i) => i.id)).not.toContain(id);
    const lines = await p.alice.db.select().from(auditLog).where(eq(auditLog.subject, id));
    expect(lines.map((l) => l.action)).toEqual(["invitation.create", "invitation.revoke"]);
  });
});

test("whoever is made a member at once has no invitation left to come back by", async () => {
  const email = address();
  const { link } = await invite(p.alice, { email, role: "owner" }, { publicUrl });
  const { userId } = await addMember(server(), { email, role: "viewer" }, signing());
  await removeMember(p.alice, { userId });
  const own = await createSignInLink(p.alice.db, { userId, ...signing(), now: new Date() });
  await open(own);
  expect(await press(accept, { token: new URL(link!).searchParams.get("token")! })).toContain("/invitation");
  expect(await currentTeams()).toEqual([]);
});

test("who is made an owner while she deletes her account is the last one all the same", async () => {
  const eve = await colleague(p.alice, "viewer");
  const { slug } = await createTeam(eve, { name: "Handed over" });
  const bob = await colleague(p.alice, "viewer");
  const [team] = await p.alice.db.select().from(teams).where(eq(teams.slug, slug));
  await p.alice.db.insert(members).values({ teamId: team!.id, userId: bob.userId, role: "viewer" });
  let asked: Promise<unknown> = Promise.resolve();
  await p.alice.sql.begin(async (tx) => {
    await tx`update members set role = 'owner' where team_id = ${team!.id} and user_id = ${bob.userId}`;
    await tx`delete from members where team_id = ${team!.id} and user_id = ${eve.userId}`;
    asked = deleteAccount(bob, { confirm: await emailOf(bob) });
    asked.catch(() => {});
    await new Promise((done) => setTimeout(done, 300));
  });
  await expect(asked).rejects.toMatchObject({ code: "conflict" });
});

test("who is a member already keeps her role, and the log says that one", async () => {
  const bob = await colleague(p.mallory, "viewer");
  const { link, id } = await invite(p.alice, { email: await emailOf(bob), role: "owner" }, { publicUrl });
  await p.alice.db.insert(members).values({ teamId: p.alice.teamId, userId: bob.userId, role: "viewer" });
  await open(await createSignInLink(p.alice.db, { userId: bob.userId, ...signing(), now: new Date() }));
  expect(await press(accept, { token: new URL(link!).searchParams.get("token")! })).toBe("/team");
  const lines = await p.alice.db.select().from(auditLog).where(eq(auditLog.subject, id));
  expect(lines.at(-1)!.detail).toMatchObject({ role: "viewer" });
  expect((await currentTeams()).map((t) => t.role)).toEqual(["viewer", "viewer"]);
});

describe("mail", () => {
  let box: Awaited<ReturnType<typeof mailbox>>;
  beforeAll(async () => {
    box = await mailbox();
    Object.assign(process.env, box.env);
  });
  afterAll(async () => {
    delete process.env.SMTP_URL;
    await box.close();
  });

  test("an account that somebody made by a copied link is its owner's alone once she proves her address", async () => {
    const email = address();
    delete process.env.SMTP_URL;
    const { link } = await invite(p.mallory, { email, role: "viewer" }, { publicUrl });
    const userId = await open(link!);
    expect(userId).not.toBeNull();
    const squatter = browser.cookie;
    const kept = await memberLink(p.mallory, { userId: userId! }, signing());
    Object.assign(process.env, box.env);
    browser.cookie = "";
    await press(mailLink, { email });
    expect(await open(linkIn(await box.next(email)))).toBe(userId);
    expect(await p.alice.db.select().from(sessions).where(eq(sessions.userId, userId!))).toHaveLength(1);
    browser.cookie = squatter;
    expect(await currentUser()).toBeNull();
    expect(await open(kept.link)).toBeNull();
  });
});
