import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { auditLog, invitations, members, users } from "@/db/schema";
import { currentTeams, currentUser } from "@/server/auth";
import { accept, mailLink, redeem } from "@/server/http/sign-in";
import { invite, listInvitations, renewInvitation, revokeInvitation } from "@/server/services/invitation";
import { createSignInLink, listMembers, memberLink } from "@/server/services/team";
import { linkIn, mailbox } from "../mailbox";
import { colleague, type Person, product } from "./product";

const browser = vi.hoisted(() => ({ cookie: "" }));
vi.mock("next/headers", () => ({
  headers: async () => new Headers(browser.cookie ? { cookie: browser.cookie } : {}),
  cookies: async () => ({ getAll: () => [], get: () => undefined, set: () => {} }),
}));

const publicUrl = "http://127.0.0.1:3999";
const p = product();
let number = 0;
const address = () => `person-${++number}@example.org`;

beforeAll(() => {
  process.env.AUTH_URL = publicUrl;
});
beforeEach(() => {
  browser.cookie = "";
});

/** Presses a button whose form has these fields; keeps the session's cookie if one comes. */
async function press(handler: (r: Request) => Promise<Response>, fields: Record<string, string>, origin = publicUrl) {
  const headers = { origin, ...(browser.cookie && { cookie: browser.cookie }) };
  const response = await handler(
    new Request(`${publicUrl}/x`, { method: "POST", body: new URLSearchParams(fields), headers }),
  );
  const cookie = response.headers.getSetCookie().find((c) => c.includes("session-token"));
  if (cookie) browser.cookie = cookie.split(";")[0]!;
  return { status: response.status, to: response.headers.get("location")?.replace(publicUrl, "") ?? "" };
}

const tokenOf = (link: string) => new URL(link).searchParams.get("token")!;
const acceptLink = (link: string) => press(accept, { token: tokenOf(link) });

async function signInAs(person: Person | string) {
  const userId = typeof person === "string" ? person : person.userId;
  const now = new Date();
  const link = new URL(
    await createSignInLink(p.alice.db, { userId, publicUrl, secret: process.env.AUTH_SECRET!, now }),
  );
  browser.cookie = "";
  await press(redeem, { token: link.searchParams.get("token")!, email: link.searchParams.get("email")! });
}

const emailOf = async (person: Person) =>
  (await p.alice.db.select().from(users).where(eq(users.id, person.userId)))[0]!.email!;

describe("on a server that sends no mail", () => {
  test("whoever has the link joins by it, once, with its role, and is signed in; the address stays unproven", async () => {
    const email = address();
    const { link, id } = await invite(p.alice, { email: email.toUpperCase(), role: "editor" }, { publicUrl });
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:3999\/invitation\?token=[0-9a-f]{64}$/);
    expect(await acceptLink(link!)).toEqual({ status: 303, to: "/team" });
    expect((await currentUser())!.name).toBe(email.split("@")[0]);
    expect((await currentTeams()).map((t) => [t.slug, t.role])).toEqual([["team", "editor"]]);
    const [user] = await p.alice.db.select().from(users).where(eq(users.email, email));
    expect(user!.emailVerified).toBeNull();
    browser.cookie = "";
    expect((await acceptLink(link!)).to).toBe(`/invitation?token=${tokenOf(link!)}`);
    expect(await currentUser()).toBeNull();
    const lines = await p.alice.db.select().from(auditLog).where(eq(auditLog.subject, id));
    expect(lines.map((l) => [l.action, l.actor])).toEqual([
      ["invitation.create", `user:${p.alice.userId}`],
      ["invitation.accept", `user:${user!.id}`],
    ]);
    const kept = JSON.stringify([lines, await p.alice.db.select().from(invitations)]);
    expect(kept).not.toContain(tokenOf(link!));
  });

  test("nobody becomes a person of another team by inviting her address", async () => {
    const email = await emailOf(p.mallory);
    const { link } = await invite(p.alice, { email, role: "viewer" }, { publicUrl });
    expect((await acceptLink(link!)).to).toContain("/invitation");
    expect(await currentUser()).toBeNull();
    await signInAs(p.alice);
    expect((await acceptLink(link!)).to).toContain("/invitation");
    expect((await listMembers(p.alice)).map((m) => m.email)).not.toContain(email);
    await signInAs(p.mallory);
    expect((await acceptLink(link!)).to).toBe("/team");
    expect((await currentTeams()).map((t) => [t.slug, t.role])).toEqual([
      ["rivals", "owner"],
      ["team", "viewer"],
    ]);
    const signing = { publicUrl, secret: "s" };
    await expect(memberLink(p.alice, { userId: p.mallory.userId }, signing)).rejects.toMatchObject({
      code: "conflict",
    });
  });

  test("a link that was renewed, revoked or got too old opens nothing", async () => {
    const email = address();
    const first = await invite(p.alice, { email, role: "viewer", days: 1 }, { publicUrl });
    const again = invite(p.alice, { email, role: "viewer" }, { publicUrl });
    await expect(again).rejects.toMatchObject({ code: "conflict" });
    const second = await renewInvitation(p.alice, { id: first.id, by: "link" }, { publicUrl });
    const past = { ...p.alice, now: () => new Date(Date.now() - 1.01 * 86_400_000) };
    const old = await invite(past, { email: address(), role: "viewer", days: 1 }, { publicUrl });
    for (const { link } of [first, old]) expect((await acceptLink(link!)).to).toContain("/invitation");
    await revokeInvitation(p.alice, { id: first.id });
    expect((await acceptLink(second.link!)).to).toContain("/invitation");
    expect((await acceptLink(`${publicUrl}/invitation?token=${"0".repeat(64)}`)).to).toContain("/invitation");
    expect(await currentUser()).toBeNull();
    await expect(revokeInvitation(p.alice, { id: first.id })).rejects.toMatchObject({ code: "not_found" });
    const { invitations: open } = await listInvitations(p.alice);
    expect(open.map((i) => i.id)).toContain(old.id);
    expect(open.map((i) => i.id)).not.toContain(first.id);
    const renewed = await invite(p.alice, { email, role: "viewer" }, { publicUrl });
    expect((await acceptLink(renewed.link!)).to).toBe("/team");
  });

  test("of two who press at once one joins", async () => {
    const { link } = await invite(p.alice, { email: address(), role: "viewer" }, { publicUrl });
    const both = await Promise.all([acceptLink(link!), acceptLink(link!)]);
    expect(both.map((b) => b.to.split("?")[0]).sort()).toEqual(["/invitation", "/team"]);
  });

  test("no other site can accept for its visitor", async () => {
    const { link } = await invite(p.alice, { email: address(), role: "viewer" }, { publicUrl });
    expect((await press(accept, { token: tokenOf(link!) }, "https://evil.example")).status).toBe(403);
  });

  test("a member is not invited again, and no mail is asked for", async () => {
    const bob = await colleague(p.alice, "viewer");
    const asked = invite(p.alice, { email: await emailOf(bob), role: "owner" }, { publicUrl });
    await expect(asked).rejects.toMatchObject({ code: "conflict" });
    expect(await press(mailLink, { email: await emailOf(bob) })).toEqual({ status: 303, to: "/sign-in?sent=1" });
    const { id } = await invite(p.alice, { email: address(), role: "viewer" }, { publicUrl });
    await expect(renewInvitation(p.alice, { id, by: "mail" }, { publicUrl })).rejects.toMatchObject({
      code: "conflict",
    });
  });
});

describe("on a server that sends mail", () => {
  let box: Awaited<ReturnType<typeof mailbox>>;
  beforeAll(async () => {
    box = await mailbox();
    Object.assign(process.env, box.env);
  });
  afterEach(() => box.refuse(null));
  afterAll(async () => {
    delete process.env.SMTP_URL;
    await box.close();
  });

  test("the link goes to the address alone, and whoever opens it has proven the address", async () => {
    const email = address();
    const sent = await invite(p.alice, { email, role: "viewer" }, { publicUrl });
    expect([sent.link, sent.mailError]).toEqual([null, null]);
    const letter = await box.next(email);
    expect(letter.subject).toBe("Invitation to Team on Etalon");
    expect(letter.text).toContain("Your role there: viewer");
    expect((await acceptLink(linkIn(letter).href)).to).toBe("/team");
    const [user] = await p.alice.db.select().from(users).where(eq(users.email, email));
    expect(user!.emailVerified).toBeInstanceOf(Date);
  });

  test("somebody known here joins by her mail without signing in before", async () => {
    const eve = await colleague(p.mallory, "viewer");
    await invite(p.alice, { email: await emailOf(eve), role: "editor" }, { publicUrl });
    expect((await acceptLink(linkIn(await box.next(await emailOf(eve))).href)).to).toBe("/team");
    expect((await currentUser())!.userId).toBe(eve.userId);
    const rows = await p.alice.db.select().from(members).where(eq(members.userId, eve.userId));
    expect(rows.map((r) => r.role).sort()).toEqual(["editor", "viewer"]);
  });

  test("what the mail server answers is said, and the invitation can be sent again", async () => {
    box.refuse("mailbox is full");
    const email = address();
    const sent = await invite(p.alice, { email, role: "viewer" }, { publicUrl });
    expect(sent.link).toBeNull();
    expect(sent.mailError).toContain("mailbox is full");
    box.refuse(null);
    expect((await renewInvitation(p.alice, { id: sent.id, by: "mail" }, { publicUrl })).mailError).toBeNull();
    expect((await box.next(email)).text).toContain("/invitation?token=");
  });

  test("a link to sign in goes to who belongs here, five at most, and the answer is the same for all", async () => {
    const bob = await colleague(p.alice, "viewer");
    const email = await emailOf(bob);
    const answers = [await press(mailLink, { email: "stranger@example.org" }), await press(mailLink, { email })];
    expect(answers[0]).toEqual(answers[1]);
    const link = linkIn(await box.next(email));
    await press(redeem, { token: link.searchParams.get("token")!, email });
    expect((await currentUser())!.userId).toBe(bob.userId);
    expect((await p.alice.db.select().from(users).where(eq(users.id, bob.userId)))[0]!.emailVerified).not.toBeNull();
    for (let i = 0; i < 8; i++) {
      await press(mailLink, { email });
      await new Promise((done) => setTimeout(done, 50));
    }
    expect(box.letters.filter((l) => l.to.includes(email))).toHaveLength(5);
    expect(box.letters.filter((l) => l.to.includes("stranger@example.org"))).toEqual([]);
    expect((await press(mailLink, { email }, "https://evil.example")).status).toBe(403);
  });

  test("no mailbox is filled with invitations, whichever teams they are to", async () => {
    const email = address();
    const first = await invite(p.alice, { email, role: "viewer" }, { publicUrl });
    for (let i = 0; i < 3; i++) await renewInvitation(p.alice, { id: first.id, by: "mail" }, { publicUrl });
    await revokeInvitation(p.alice, { id: first.id });
    expect((await invite(p.alice, { email, role: "viewer" }, { publicUrl })).mailError).toBeNull();
    const sixth = await invite(p.mallory, { email, role: "viewer" }, { publicUrl });
    expect(sixth).toMatchObject({ link: null, mailError: expect.stringContaining("5 invitations within an hour") });
    expect(box.letters.filter((l) => l.to.includes(email))).toHaveLength(5);
    const later = { ...p.mallory, now: () => new Date(Date.now() + 3_600_000) };
    expect((await renewInvitation(later, { id: sixth.id, by: "mail" }, { publicUrl })).mailError).toBeNull();
  });

  test("of many that ask at once five are sent, whatever other links wait", async () => {
    const bob = await colleague(p.alice, "viewer");
    const email = await emailOf(bob);
    for (let i = 0; i < 5; i++) await memberLink(p.alice, { userId: bob.userId }, { publicUrl, secret: "s" });
    await Promise.all(Array.from({ length: 20 }, () => press(mailLink, { email })));
    await vi.waitFor(() => expect(box.letters.filter((l) => l.to.includes(email))).toHaveLength(5), 5_000);
    await new Promise((done) => setTimeout(done, 300));
    expect(box.letters.filter((l) => l.to.includes(email))).toHaveLength(5);
  });
});
