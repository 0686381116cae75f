import { eq } from "drizzle-orm";
import { describe, expect, test, vi } from "vitest";
import { auditLog, members, sessions, teams, users } from "@/db/schema";
import { hiddenNow } from "@/server/auth";
import { v1 } from "@/server/http/programs";
import {
  accountOf,
  deleteAccount,
  endOtherSessions,
  endSession,
  listSessions,
  updateAccount,
} from "@/server/services/account";
import { deleteNext } from "@/server/services/deletion";
import { createRecommendation, publishRecommendation } from "@/server/services/recommendation";
import { createSharedLink, readShared } from "@/server/services/share";
import {
  changeRole,
  createTeam,
  deleteTeam,
  leaveTeam,
  listTeams,
  removeMember,
  renameTeam,
} from "@/server/services/team";
import { lawIn } from "./law";
import { colleague, keyWith, type Person, product, sweepIn } from "./product";

vi.mock("next/headers", () => ({ headers: async () => new Headers(), cookies: async () => ({ getAll: () => [] }) }));

const p = product();
const HOUR = 3_600_000;

async function session(of: Person, userAgent: string, lastUsedAt = new Date()) {
  const row = { sessionToken: crypto.randomUUID(), userId: of.userId, expires: new Date(Date.now() + HOUR) };
  return (
    await of.db
      .insert(sessions)
      .values({ ...row, userAgent, lastUsedAt })
      .returning()
  )[0]!;
}

test("sessions are named by their device, and end one by one or all but one's own", async () => {
  const bob = await colleague(p.alice, "editor");
  const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
  const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1";
  const own = await session(bob, firefox);
  const other = await session(bob, phone, new Date(Date.now() - HOUR));
  const third = await session(bob, "curl/8", new Date(Date.now() - 2 * HOUR));
  await session(bob, "", new Date());
  const foreign = await session(p.mallory, firefox);
  const listed = await listSessions(bob, own.id);
  expect(listed.map((s) => s.device)).toEqual(expect.arrayContaining(["Firefox on Linux", "Safari on iOS", "curl/8"]));
  expect(listed.filter((s) => s.isCurrent).map((s) => s.id)).toEqual([own.id]);
  expect(JSON.stringify(listed)).not.toContain(own.sessionToken);
  await endSession(bob, { id: third.id });
  await expect(endSession(bob, { id: foreign.id })).rejects.toMatchObject({ code: "not_found" });
  expect(await hiddenNow(`etalon-80.session-token=${other.sessionToken}`, bob.teamId)).toEqual([]);
  expect(await endOtherSessions(bob, own.id)).toEqual({ ended: 2 });
  expect(await hiddenNow(`etalon-80.session-token=${other.sessionToken}`, bob.teamId)).toBeNull();
  expect((await listSessions(bob, own.id)).map((s) => s.id)).toEqual([own.id]);
});

test("an account goes with its memberships and sessions, but no team is left without an owner", async () => {
  const bob = await colleague(p.alice, "editor");
  await session(bob, "x");
  await updateAccount(bob, { name: "Bob" });
  const { email, name } = await accountOf(bob);
  expect(name).toBe("Bob");
  await expect(deleteAccount(bob, { confirm: "x" })).rejects.toMatchObject({ code: "invalid" });
  const own = await createTeam(bob, { name: "Bob's own" });
  await expect(deleteAccount(bob, { confirm: email! })).rejects.toMatchObject({ code: "conflict" });
  const [team] = await bob.db.select().from(teams).where(eq(teams.slug, own.slug));
  const asOwner = { ...bob, teamId: team!.id, actor: { ...bob.actor, role: "owner" } as Person["actor"] };
  await deleteTeam(asOwner, { confirm: "Bob's own" });
  await deleteAccount(bob, { confirm: email! });
  expect(await bob.db.select().from(users).where(eq(users.id, bob.userId))).toEqual([]);
  expect(await bob.db.select().from(sessions).where(eq(sessions.userId, bob.userId))).toEqual([]);
  const lines = await bob.db.select().from(auditLog).where(eq(auditLog.subject, bob.userId));
  expect(lines.map((l) => [l.action, l.teamId])).toEqual([["member.delete-account", p.alice.teamId]]);
});

test("a person makes a team, whose address nobody and no page has", async () => {
  const bob = await colleague(p.alice, "viewer");
  const made = await createTeam(bob, { name: "Vision & Language" });
  expect(made).toEqual({ slug: "vision-language", name: "Vision & Language" });
  expect((await listTeams(bob.db, bob.userId)).map((t) => [t.slug, t.role])).toContainEqual([
    "vision-language",
    "owner",
  ]);
  for (const name of ["vision language", "account", "Sign in", "api"])
    await expect(createTeam(bob, { name })).rejects.toMatchObject({ code: "conflict" });
  await expect(createTeam(bob, { name: "x", slug: "no/slash" })).rejects.toThrow("use lower-case letters");
});

test("whoever leaves sees nothing more; the last owner stays", async () => {
  const bob = await colleague(p.alice, "viewer");
  await leaveTeam(bob);
  expect(await listTeams(bob.db, bob.userId)).toEqual([]);
  await expect(leaveTeam(p.mallory)).rejects.toMatchObject({ code: "conflict" });
});

test("a deleted team is gone at once, with its keys, and then from the database; its address is free", async () => {
  const owner = await colleague(p.mallory, "owner");
  const { slug } = await sweepIn(p.mallory);
  const key = await keyWith(p.mallory, "read");
  const ask = () =>
    v1(
      new Request(`http://etalon.test/api/v1/runs?project=${slug}`, { headers: { authorization: `Bearer ${key}` } }),
    ).then((r) => r.status);
  expect(await ask()).toBe(200);
  const { fitId } = await lawIn(p.mallory, slug);
  const target = { batchSeqs: 8, seqLen: 64, tokens: 1e6, width: 64, baseWidth: 64, params: 93_696 };
  const advice = await createRecommendation(p.mallory, { fitId, title: "Advice", target });
  await publishRecommendation(p.mallory, { id: advice.id });
  const link = await createSharedLink(p.mallory, { of: { kind: "recommendation", id: advice.id } });
  expect((await readShared(link, null, new Date())).team).toBe("Rivals");
  await renameTeam(p.mallory, { name: "Opponents" });
  await expect(deleteTeam(p.mallory, { confirm: "Rivals" })).rejects.toMatchObject({ code: "invalid" });
  await expect(deleteTeam(await colleague(p.mallory, "editor"), { confirm: "Opponents" })).rejects.toMatchObject({
    code: "forbidden",
  });
  await deleteTeam(p.mallory, { confirm: "Opponents" });
  expect(await ask()).toBe(401);
  expect(await listTeams(owner.db, owner.userId)).toEqual([]);
  for (const team of ["rivals", `deleted-${p.mallory.teamId}`])
    await expect(owner.api.project.list({ team })).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(readShared(link, null, new Date())).rejects.toMatchObject({ code: "not_found" });
  await createTeam(owner, { name: "Rivals" });
  while (await deleteNext(p.alice));
  expect(await p.alice.db.select().from(teams).where(eq(teams.id, p.mallory.teamId))).toEqual([]);
  expect(await p.alice.db.select().from(members).where(eq(members.teamId, p.mallory.teamId))).toEqual([]);
  expect(await p.alice.sql`select from runs where team_id = ${p.mallory.teamId}`).toHaveLength(0);
});

describe("deleting a team", () => {
  const made = async (name: string) => {
    const bob = await colleague(p.alice, "viewer");
    const { slug } = await createTeam(bob, { name });
    const [team] = await bob.db.select().from(teams).where(eq(teams.slug, slug));
    const actor = { ...bob.actor, role: "owner" } as Person["actor"];
    return { ...bob, teamId: team!.id, actor };
  };

  test("twice at once says the second time that it is gone", async () => {
    const owner = await made("Twice");
    const both = await Promise.allSettled([1, 2].map(() => deleteTeam(owner, { confirm: "Twice" })));
    expect(both.map((b) => (b.status === "fulfilled" ? "done" : b.reason.code)).sort()).toEqual(["done", "not_found"]);
  });

  test("is not held up by a team that took the name of the deleted one", async () => {
    const owner = await made("Held up");
    await createTeam(p.alice, { name: "x", slug: `deleted-${owner.teamId}` });
    await deleteTeam(owner, { confirm: "Held up" });
  });
});

test("a name is one line", async () => {
  for (const name of ["Team\n\nClick https://evil.example", "Team\r\nBcc: x", "a\u2028b", "a\u202Eb"]) {
    await expect(createTeam(p.alice, { name })).rejects.toThrow("one line");
    await expect(p.alice.api.team.rename({ team: "team", what: { name } })).rejects.toThrow("one line");
    await expect(p.alice.api.account.update({ account: { name } })).rejects.toThrow("one line");
  }
});

test("owners who go at the same time wait for each other without a deadlock, and the last one stays", async () => {
  for (let round = 0; round < 6; round++) {
    const maker = await colleague(p.alice, "viewer");
    const { slug } = await createTeam(maker, { name: `Round ${round}` });
    const [team] = await maker.db.select().from(teams).where(eq(teams.slug, slug));
    const actor = { ...maker.actor, role: "owner" } as Person["actor"];
    const first = { ...maker, teamId: team!.id, team: slug, actor };
    const second = await colleague(first, "owner");
    const [one, two] = [await accountOf(first), await accountOf(second)];
    const gone = await Promise.allSettled([
      removeMember(first, { userId: second.userId }),
      deleteAccount(first, { confirm: one.email! }),
      changeRole(second, { userId: first.userId, role: "viewer" }),
      leaveTeam(second),
      deleteAccount(second, { confirm: two.email! }),
    ]);
    for (const g of gone)
      if (g.status === "rejected")
        expect(g.reason).toMatchObject({ code: expect.stringMatching(/conflict|not_found/) });
    const left = await maker.db.select().from(members).where(eq(members.teamId, team!.id));
    expect(left.filter((m) => m.role === "owner")).not.toEqual([]);
  }
});

test("the server's only team stays", async () => {
  await p.alice.sql`delete from teams where id <> ${p.alice.teamId}`;
  await expect(deleteTeam(p.alice, { confirm: "Team" })).rejects.toMatchObject({ code: "conflict" });
});

test.each(["Europe/Nowhere", "", "+02:00", "x".repeat(200)])("%j is no time zone", async (timeZone) => {
  const { userId, name, db, sql, now } = p.alice;
  await expect(updateAccount({ userId, name, db, sql, now }, { name, timeZone })).rejects.toThrow();
});

test("a person's time zone is kept, and is UTC until she says one", async () => {
  const bob = await colleague(p.alice, "viewer");
  const zone = async () => (await bob.api.account.get()).timeZone;
  expect(await zone()).toBe("UTC");
  await bob.api.account.update({ account: { name: "Bob", timeZone: "Europe/Zurich" } });
  expect(await zone()).toBe("Europe/Zurich");
  await bob.api.account.update({ account: { name: "Bob again" } });
  expect(await zone()).toBe("Europe/Zurich");
});

test("a team whose deletion fails keeps no other from being deleted", async () => {
  const owner = await colleague(p.alice, "owner");
  const [stuck, free] = [await createTeam(owner, { name: "Stuck" }), await createTeam(owner, { name: "Free" })];
  const { sql } = p.alice;
  await sql`update teams set deleted_at = now() where slug in (${stuck.slug}, ${free.slug})`;
  await sql`create function refuse() returns trigger language plpgsql as $$ begin raise 'refused'; end $$`;
  await sql.unsafe(
    `create trigger stuck before delete on teams for each row when (old.slug = '${stuck.slug}') execute function refuse()`,
  );
  await expect(deleteNext(p.alice)).rejects.toThrow("refused");
  const left = await sql`select slug from teams where slug in (${stuck.slug}, ${free.slug})`;
  expect(left.map(({ slug }) => slug)).toEqual([stuck.slug]);
  await sql`drop trigger stuck on teams`;
  expect(await deleteNext(p.alice)).toBe(true);
});

test("a person owns 50 teams at most", async () => {
  const person = await colleague(p.alice, "viewer");
  for (let i = 0; i < 50; i++) await createTeam(person, { name: `Team ${i} of many` });
  await expect(createTeam(person, { name: "One more" })).rejects.toMatchObject({ code: "conflict" });
});
