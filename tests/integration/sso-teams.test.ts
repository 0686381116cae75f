import { and, eq } from "drizzle-orm";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { members, teams, users } from "@/db/schema";
import { contextOf, currentSession, currentTeams, currentUser, hiddenNow } from "@/server/auth";
import { authentication, redeem } from "@/server/http/sign-in";
import { acceptOwnInvitation, invitationsTo, invite } from "@/server/services/invitation";
import { saveTeamSignIn } from "@/server/services/sso";
import { addMember, changeRole, createSignInLink, createTeam, memberLink } from "@/server/services/team";
import { colleague } from "./product";
import { publicUrl, withIssuer } from "./sso";

const asked = vi.hoisted(() => ({ cookie: "" }));
vi.mock("next/headers", () => ({
  headers: async () => new Headers(asked.cookie ? { cookie: asked.cookie } : {}),
  cookies: async () => ({ getAll: () => [], get: () => undefined, set: () => {} }),
}));

const { p, filled, person, signIn, userOf, linesOf, server, signing } = withIssuer(asked);

describe("roles by claims", () => {
  const rules = "groups=ml-owners:team:owner;groups=ml:team:viewer;groups=ml:gone:owner";
  beforeEach(() => {
    process.env.OIDC_ROLES = rules;
  });
  const roleOf = async (email: string, teamId = p.alice.teamId) => {
    const user = (await userOf(email))!;
    const where = and(eq(members.userId, user.id), eq(members.teamId, teamId));
    return (await p.alice.db.select().from(members).where(where))[0]?.role ?? null;
  };
  const says = (login: string, email: string, groups?: unknown) =>
    filled.example.people.set(login, { email, email_verified: true, groups });

  test("make a member, change her role and end her membership, each with its line", async () => {
    const { login, email } = person({ groups: ["ml", "x"] });
    expect(await signIn(login)).toBe("/team");
    expect((await currentTeams()).map((t) => [t.slug, t.role])).toEqual([["team", "viewer"]]);
    says(login, email, ["ml", "ml-owners"]);
    await signIn(login);
    expect(await roleOf(email)).toBe("owner");
    await signIn(login);
    says(login, email);
    await signIn(login);
    expect(await roleOf(email)).toBeNull();
    const { id } = (await userOf(email))!;
    const lines = await linesOf(id);
    expect(lines.map((l) => [l.action, l.actor, l.detail])).toEqual([
      ["member.add", "system:claims", { email, role: "viewer", claim: "groups=ml" }],
      ["member.role", "system:claims", { before: "viewer", role: "owner", claim: "groups=ml-owners" }],
      ["member.remove", "system:claims", { before: "owner", keys: 0, claim: null }],
    ]);
  });

  test("leave members that people made as they are, and whom they gave a role", async () => {
    const { login, email } = person({ groups: ["ml-owners"] });
    await addMember(p.alice, { email, role: "editor" }, signing());
    await signIn(login);
    expect(await roleOf(email)).toBe("editor");
    const other = person({ groups: ["ml"] });
    await signIn(other.login);
    await changeRole(p.alice, { userId: (await userOf(other.email))!.id, role: "editor" });
    says(other.login, other.email, []);
    await signIn(other.login);
    expect(await roleOf(other.email)).toBe("editor");
  });

  test("leave a team its last owner", async () => {
    const { slug } = await createTeam(await colleague(p.alice, "viewer"), { name: "By claims" });
    const [team] = await p.alice.db.select().from(teams).where(eq(teams.slug, slug));
    await p.alice.db.delete(members).where(eq(members.teamId, team!.id));
    process.env.OIDC_ROLES = `groups=boss:${slug}:owner;groups=ml:${slug}:viewer`;
    const { login, email } = person({ groups: "boss" });
    await signIn(login);
    for (const groups of ["ml", []]) {
      says(login, email, groups);
      await signIn(login);
      expect(await roleOf(email, team!.id)).toBe("owner");
    }
    const other = person({ groups: ["boss"] });
    await signIn(other.login);
    await signIn(login);
    expect([await roleOf(email, team!.id), await roleOf(other.email, team!.id)]).toEqual([null, "owner"]);
  });

  test("count for nobody who is not let in", async () => {
    const { login, email } = person({ email: "boss@elsewhere.org", groups: ["ml-owners"] });
    expect(await signIn(login)).toBe("/sign-in?error=NotInvited");
    expect(await userOf(email)).toBeUndefined();
  });
});

describe("a team that asks for single sign-on", () => {
  const own = async (name: string) => {
    const { login, email } = person();
    await signIn(login);
    const user = (await currentUser())!;
    const { slug } = await createTeam({ ...p.alice, ...user }, { name });
    await signIn(login);
    return { login, email, slug, user: (await currentUser())!, owner: await contextOf(await currentUser(), slug) };
  };

  test("opens to a session that a provider began alone, at once and for pages that are open", async () => {
    const { user, email, slug, owner } = await own("Closed");
    await saveTeamSignIn(owner, { ssoRequired: true });
    expect((await contextOf(user, slug)).teamId).toBe(owner.teamId);
    expect(await hiddenNow(asked.cookie, owner.teamId)).toEqual([]);
    const { link } = await memberLink(
      { ...owner, actor: { kind: "system", name: "cli" } },
      { userId: user.userId },
      signing(),
    );
    const body = new URLSearchParams(new URL(link).searchParams);
    const answer = await redeem(
      new Request(`${publicUrl}/api/sign-in`, { method: "POST", body, headers: { origin: publicUrl } }),
    );
    asked.cookie = answer.headers
      .getSetCookie()
      .find((c) => c.includes("session-token"))!
      .split(";")[0]!;
    const byLink = (await currentUser())!;
    expect([byLink.userId, byLink.provider]).toEqual([user.userId, "link"]);
    await expect(contextOf(byLink, slug)).rejects.toMatchObject({ code: "unauthorized" });
    expect(await hiddenNow(asked.cookie, owner.teamId)).toBeNull();
    const { slug: other } = await createTeam({ ...p.alice, ...byLink }, { name: "Open" }, await currentSession());
    expect((await contextOf(byLink, other)).actor).toMatchObject({ role: "owner" });
    expect((await currentTeams()).map((t) => [t.slug, t.ssoRequired])).toEqual([
      ["closed", true],
      ["open", false],
    ]);
    expect((await linesOf(owner.teamId)).at(-1)).toMatchObject({ action: "team.sso", detail: { ssoRequired: true } });
    expect((await userOf(email))!.id).toBe(user.userId);
  });

  test.each(["callback//link", "callback/link/", "/callback/link", "callback/%6cink", "callback/link/callback/oidc"])(
    "opens to nobody by a link, written as %s",
    async (path) => {
      const { user, slug, owner } = await own(`Closed ${crypto.randomUUID()}`);
      await saveTeamSignIn(owner, { ssoRequired: true });
      const link = new URL(await createSignInLink(p.alice.db, { userId: user.userId, ...signing(), now: new Date() }));
      asked.cookie = "";
      const answer = await authentication(new Request(`${publicUrl}/api/auth/${path}${link.search}`));
      const cookie = answer.headers.getSetCookie().find((c) => c.includes("session-token=") && !c.includes("=;"));
      asked.cookie = cookie?.split(";")[0] ?? "";
      const who = await currentUser();
      await expect(contextOf(who, slug)).rejects.toMatchObject({ code: "unauthorized" });
      // A preview of a link uses nothing up.
      expect(who).toBeNull();
    },
  );

  test("is made so by who came in by it, and opened again by the command line", async () => {
    const { owner, user, slug } = await own("Careful");
    const byLink = await contextOf({ ...user, provider: "link" }, slug);
    await expect(saveTeamSignIn(byLink, { ssoRequired: true })).rejects.toMatchObject({ code: "conflict" });
    await expect(saveTeamSignIn({ ...server(), teamId: owner.teamId }, { ssoRequired: true })).rejects.toThrow();
    await saveTeamSignIn(owner, { ssoRequired: true });
    await expect(contextOf({ ...user, provider: "link" }, slug)).rejects.toMatchObject({ code: "unauthorized" });
    await saveTeamSignIn({ ...server(), teamId: owner.teamId }, { ssoRequired: false });
    expect((await contextOf({ ...user, provider: "link" }, slug)).teamId).toBe(owner.teamId);
  });
});

test("owners see which ways are on, who is let in and the rules of their team, and no secret", async () => {
  process.env.OIDC_ROLES = "groups=ml:team:viewer;groups=x:rivals:owner";
  const seen = await p.alice.api.team.signIn({ team: "team" });
  expect(seen).toMatchObject({ ssoRequired: false, bySso: false, sendsMail: false, domains: ["example.org"] });
  expect(seen.providers.map((w) => [w.id, w.name])).toEqual([
    ["oidc", "Example"],
    ["github", null],
    ["google", null],
  ]);
  expect(seen.roles).toEqual([{ claim: "groups", value: "ml", role: "viewer" }]);
  expect(JSON.stringify(seen)).not.toContain(filled.example.env.OIDC_CLIENT_SECRET);
});

test("an open invitation lets its address in, and is accepted without its link", async () => {
  const { login, email } = person({ email: "guest@elsewhere.org" });
  const { id } = await invite(p.alice, { email, role: "editor" }, { publicUrl });
  expect(await signIn(login, "/account")).toBe("/account");
  const self = { ...p.alice, ...(await currentUser())! };
  expect((await invitationsTo(self)).map((i) => [i.id, i.team, i.role])).toEqual([[id, "Team", "editor"]]);
  await expect(acceptOwnInvitation(p.mallory, { id }, null)).rejects.toMatchObject({ code: "not_found" });
  await p.alice.db.update(users).set({ emailVerified: null }).where(eq(users.id, self.userId));
  expect(await invitationsTo(self)).toEqual([]);
  await expect(acceptOwnInvitation(self, { id }, null)).rejects.toMatchObject({ code: "not_found" });
  await p.alice.db.update(users).set({ emailVerified: new Date() }).where(eq(users.id, self.userId));
  expect(await acceptOwnInvitation(self, { id }, await currentSession())).toEqual({ teamSlug: "team" });
  expect((await currentTeams()).map((t) => [t.slug, t.role])).toEqual([["team", "editor"]]);
  await expect(acceptOwnInvitation(self, { id }, null)).rejects.toMatchObject({ code: "not_found" });
});
