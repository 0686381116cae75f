import { setTimeout as sleep } from "node:timers/promises";
import { and, eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { apiKeys, auditLog, members, users } from "@/db/schema";
import type { Context } from "@/server/context";
import { exportAll } from "@/server/http/native/runs";
import { deleteAccount } from "@/server/services/account";
import {
  createApiKey,
  findApiKeys,
  limitApiKey,
  listApiKeys,
  revokeApiKey,
  rotateApiKey,
  verifyApiKey,
} from "@/server/services/api-key";
import { changeRole, leaveTeam, removeMember } from "@/server/services/team";
import { ask, call, colleague, type Person, product } from "./product";

const p = product();
const DAY = 86_400_000;
const read = { name: "k", scopes: ["read" as const] };

/** Status and message of a call with this key; one that is let in finds no such project. */
async function sent(key: string): Promise<[number, string]> {
  const { status, body } = await call(exportAll, { key, query: "?project=none" });
  return [status, body.error.message];
}
const IN = [404, 'project "none" was not found in this team'];
const at = (now: number, who: Context = p.alice): Context => ({ ...who, now: () => new Date(now) });
const code = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (e: { code: string }) => e.code,
  );

test("a key that is revoked while it is looked up is let in no more", async () => {
  const { id, key } = await createApiKey(p.alice, read);
  const { db } = p.alice;
  // What is noted of its use comes after it was read.
  const slow = new Proxy(db, {
    get: (of, name) => {
      if (name !== "update") return Reflect.get(of, name);
      return (table: typeof apiKeys) => ({
        set: (values: object) => ({
          where: async (which: never) => {
            await revokeApiKey(p.alice, { id });
            await db.update(table).set(values).where(which);
          },
        }),
      });
    },
  });
  await verifyApiKey(slow, key, new Date());
  expect(await code(verifyApiKey(db, key, new Date()))).toBe("unauthorized");
});

describe("a key that ends on a day", () => {
  const now = Date.UTC(2027, 0, 10, 12);
  test.each([
    ["90d", "2027-04-10T12:00:00.000Z"],
    ["1d", "2027-01-11T12:00:00.000Z"],
    ["2027-01-31", "2027-02-01T00:00:00.000Z"],
    ["2027-01-10", "2027-01-11T00:00:00.000Z"],
  ])("%s is until %s", async (expires, end) => {
    const { expiresAt } = await createApiKey(at(now), { ...read, expires });
    expect(expiresAt?.toISOString()).toBe(end);
  });

  test.each(["2027-01-09", "0d", "2027-02-30", "2027-13-01", "soon", "", "-1d", "90", "99999d", "2100-01-01"])(
    '"%s" is refused',
    async (expires) => {
      await expect(createApiKey(at(now), { ...read, expires })).rejects.toMatchObject({
        code: "invalid",
        issues: [{ field: "expires" }],
      });
    },
  );

  test("is refused from then on, and says when it ended", async () => {
    const { id, key } = await createApiKey(p.alice, { ...read, expires: "30d" });
    expect(await sent(key)).toEqual(IN);
    await verifyApiKey(p.alice.db, key, new Date());
    await p.alice.db
      .update(apiKeys)
      .set({ expiresAt: new Date("2026-03-04T05:06:07Z") })
      .where(eq(apiKeys.id, id));
    const refused = "this API key ended on 2026-03-04 05:06 UTC; make a new one";
    await expect.poll(() => sent(key), { timeout: 8_000, interval: 500 }).toEqual([401, refused]);
  });

  test("ends to the moment, also while it is remembered", async () => {
    const { key, expiresAt } = await createApiKey(at(now), { ...read, expires: "1d" });
    const end = expiresAt!.getTime();
    for (const before of [end - 4_000, end - 1]) await verifyApiKey(p.alice.db, key, new Date(before));
    await expect(verifyApiKey(p.alice.db, key, new Date(end))).rejects.toMatchObject({
      code: "unauthorized",
      message: "this API key ended on 2027-01-11 12:00 UTC; make a new one",
    });
    const soon = await createApiKey(p.alice, read);
    await p.alice.db
      .update(apiKeys)
      .set({ expiresAt: new Date(Date.now() + 1_500) })
      .where(eq(apiKeys.id, soon.id));
    expect(await sent(soon.key)).toEqual(IN);
    await sleep(1_600);
    expect((await sent(soon.key))[0]).toBe(401);
  });

  test("is marked in its last fourteen days and after them", async () => {
    const { id } = await createApiKey(at(now), { ...read, expires: "30d" });
    const state = async (days: number) => (await listApiKeys(at(now + days * DAY))).find((k) => k.id === id)?.state;
    expect([await state(0), await state(15.9), await state(16), await state(29.9), await state(30)]).toEqual([
      "live",
      "live",
      "ends-soon",
      "ends-soon",
      "expired",
    ]);
  });
});

describe("a rotated key", () => {
  test("has two secrets for the grace and then the new one, with all else as it was", async () => {
    const now = Date.UTC(2027, 0, 10);
    const made = await createApiKey(at(now), { name: "train", scopes: ["write"], expires: "90d" });
    const after = await rotateApiKey(at(now), { id: made.id, graceHours: 1 });
    expect([after.id, after.previousUntil.toISOString()]).toEqual([made.id, "2027-01-10T01:00:00.000Z"]);
    expect(after.key).not.toBe(made.key);
    const verified = (key: string, when: number) => verifyApiKey(p.alice.db, key, new Date(when));
    for (const when of [now, now + 3_599_000]) {
      const both = [await verified(made.key, when), await verified(after.key, when)];
      expect(both[0]).toEqual(both[1]);
      expect(both[0]).toMatchObject({ keyId: made.id, name: "train", scopes: ["write"] });
    }
    await expect(verified(made.key, now + 3_600_000)).rejects.toMatchObject({
      code: "unauthorized",
      message: "this secret of the API key was replaced and ended on 2027-01-10 01:00 UTC; use the new one",
    });
    expect((await verified(after.key, now + 3_600_000)).keyId).toBe(made.id);
    const listed = async (when: number) => (await listApiKeys(at(when))).find((k) => k.id === made.id);
    expect(await listed(now)).toMatchObject({ prefix: after.key.slice(0, 10), previousUntil: after.previousUntil });
    expect((await listed(now + 3_600_000))?.previousUntil).toBeNull();
    const lines = await p.alice.db.select().from(auditLog).where(eq(auditLog.subject, made.id));
    expect(lines.map((l) => [l.action, l.detail])).toContainEqual(["api-key.rotate", { graceHours: 1 }]);
    expect(JSON.stringify(lines)).not.toContain(after.key);
  });

  test("without a grace is refused at once; the default is a day", async () => {
    const made = await createApiKey(p.alice, read);
    expect(await sent(made.key)).toEqual(IN);
    const second = await rotateApiKey(p.alice, { id: made.id, graceHours: 0 });
    expect([(await sent(made.key))[0], await sent(second.key)]).toEqual([401, IN]);
    const now = Date.now();
    const third = await rotateApiKey(at(now), { id: made.id });
    expect(third.previousUntil.getTime()).toBe(now + DAY);
    expect([await sent(second.key), await sent(third.key)]).toEqual([IN, IN]);
    // The grace of the one before ends with the next.
    await rotateApiKey(p.alice, { id: made.id, graceHours: 24 });
    expect(await sent(second.key)).toEqual([401, "this API key is unknown or was revoked"]);
    await revokeApiKey(p.alice, { id: made.id });
    expect((await sent(third.key))[0]).toBe(401);
    await expect(rotateApiKey(p.alice, { id: made.id })).rejects.toMatchObject({ code: "conflict" });
  });

  test("never outlives its end by a grace", async () => {
    const now = Date.UTC(2027, 0, 10);
    const made = await createApiKey(at(now), { ...read, expires: "1d" });
    await rotateApiKey(at(now + DAY - 1), { id: made.id });
    await expect(verifyApiKey(p.alice.db, made.key, new Date(now + DAY))).rejects.toMatchObject({
      message: expect.stringContaining("ended on 2027-01-11 00:00 UTC"),
    });
    await expect(rotateApiKey(at(now + DAY), { id: made.id })).rejects.toMatchObject({ code: "conflict" });
  });
});

describe("a person's key", () => {
  const ENDED = "this API key ended when the membership of the person who made it did; make a new one";
  const own = async (who: Person) => (await createApiKey(who, read)).key;

  test.each([
    ["is removed", (who: Person) => removeMember(p.alice, { userId: who.userId })],
    ["leaves", (who: Person) => leaveTeam(who)],
    [
      "deletes her account",
      async (who: Person) => {
        const [user] = await who.db.select().from(users).where(eq(users.id, who.userId));
        await deleteAccount(who, { confirm: user!.email! });
      },
    ],
  ])("ends when she %s, and the team's do not", async (_how, go) => {
    const who = await colleague(p.alice, "owner");
    const [hers, service] = [await own(who), (await createApiKey(who, { ...read, service: true })).key];
    expect([await sent(hers), await sent(service)]).toEqual([IN, IN]);
    await go(who);
    expect([await sent(hers), await sent(service)]).toEqual([[401, ENDED], IN]);
  });

  test("does not come back with her", async () => {
    const who = await colleague(p.alice, "editor");
    const hers = await own(who);
    await leaveTeam(who);
    await p.alice.db.insert(members).values({ teamId: p.alice.teamId, userId: who.userId, role: "owner" });
    expect(await sent(hers)).toEqual([401, ENDED]);
  });

  test("may do what she may", async () => {
    const who = await colleague(p.alice, "owner");
    const { key } = await createApiKey(who, { name: "k", scopes: ["read", "write", "work"] });
    const scopes = async () => (await verifyApiKey(p.alice.db, key, new Date())).scopes;
    expect(await scopes()).toEqual(["read", "write", "work"]);
    await changeRole(p.alice, { userId: who.userId, role: "editor" });
    expect(await scopes()).toEqual(["read", "write"]);
    await changeRole(p.alice, { userId: who.userId, role: "viewer" });
    expect(await sent(key)).toEqual([401, expect.stringContaining("is a viewer of the team now")]);
  });

  test("of a row whose member is gone by any other way is refused too", async () => {
    const who = await colleague(p.alice, "editor");
    const hers = await own(who);
    const { teamId, userId } = who;
    await p.alice.db.delete(members).where(and(eq(members.teamId, teamId), eq(members.userId, userId)));
    expect(await sent(hers)).toEqual([401, ENDED]);
  });

  test("of an editor has scopes read and write, is hers and seen by her and owners", async () => {
    const [erin, eve, vera] = [
      await colleague(p.alice, "editor"),
      await colleague(p.alice, "editor"),
      await colleague(p.alice, "viewer"),
    ];
    const { id } = await createApiKey(erin, { name: "erin's", scopes: ["read", "write"] });
    const seen = async (who: Person) => (await listApiKeys(who)).map((k) => k.id);
    expect(await seen(erin)).toEqual([id]);
    expect([await seen(eve), (await seen(p.alice)).includes(id)]).toEqual([[], true]);
    expect(await code(createApiKey(erin, { name: "k", scopes: ["work"] }))).toBe("forbidden");
    expect(await code(createApiKey(erin, { ...read, service: true }))).toBe("forbidden");
    expect(await code(createApiKey(erin, { ...read, requestsPerMinute: 10 }))).toBe("forbidden");
    for (const verb of [rotateApiKey, revokeApiKey]) {
      expect([await code(verb(eve, { id })), await code(verb(vera, { id }))]).toEqual(["not_found", "forbidden"]);
      expect(await code(verb(p.mallory, { id }))).toBe("not_found");
    }
    expect([await code(createApiKey(vera, read)), await code(listApiKeys(vera))]).toEqual(["forbidden", "forbidden"]);
    expect(await code(rotateApiKey(erin, { id }))).toBe("done");
    expect(await code(revokeApiKey(p.alice, { id }))).toBe("done");
  });

  test("is the team's where no person makes it", async () => {
    const system = { ...p.alice, actor: { kind: "system" as const, name: "command line" } };
    expect((await createApiKey(system, read)).service).toBe(true);
    expect((await createApiKey(p.alice, read)).service).toBe(false);
  });
});

describe("requests a minute", () => {
  test("beyond them are refused with the seconds to wait, each key by itself", async () => {
    const { key } = await createApiKey(p.alice, { ...read, requestsPerMinute: 3 });
    const other = (await createApiKey(p.alice, read)).key;
    for (let i = 0; i < 3; i++) expect(await sent(key)).toEqual(IN);
    const answer = await ask(exportAll, { key, query: "?project=none" });
    expect([answer.status, (await answer.json()).error.code]).toEqual([429, "too_many"]);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(19);
    expect(Number(answer.headers.get("retry-after"))).toBeLessThanOrEqual(20);
    expect(await sent(other)).toEqual(IN);
  });

  test("come again evenly, at most as many as a minute has, for both secrets together", async () => {
    const start = Date.UTC(2027, 0, 10);
    const made = await createApiKey(at(start), { ...read, requestsPerMinute: 60 });
    const second = await rotateApiKey(at(start), { id: made.id });
    const let_in = async (n: number, when: number) => {
      let count = 0;
      for (let i = 0; i < n; i++)
        await verifyApiKey(p.alice.db, i % 2 ? made.key : second.key, new Date(when)).then(
          () => count++,
          () => 0,
        );
      return count;
    };
    expect(await let_in(100, start)).toBe(60);
    await expect(verifyApiKey(p.alice.db, made.key, new Date(start + 500))).rejects.toMatchObject({
      code: "too_many",
      retryAfterSeconds: 1,
    });
    expect(await let_in(10, start + 3_000)).toBe(3);
    expect(await let_in(10, start + 2_000)).toBe(0);
    expect(await let_in(100, start + 3_600_000)).toBe(60);
  });

  test("are 6000 and an owner's to change", async () => {
    const made = await createApiKey(p.alice, read);
    expect(made.requestsPerMinute).toBe(6_000);
    await limitApiKey(p.alice, { id: made.id, requestsPerMinute: 1 });
    expect([await sent(made.key), (await sent(made.key))[0]]).toEqual([IN, 429]);
    await limitApiKey(p.alice, { id: made.id, requestsPerMinute: 100 });
    expect(await sent(made.key)).toEqual(IN);
    expect(await code(limitApiKey(p.mallory, { id: made.id, requestsPerMinute: 1 }))).toBe("not_found");
    const input = { id: made.id, requestsPerMinute: 5 };
    expect(await code(limitApiKey(await colleague(p.alice, "editor"), input))).toBe("forbidden");
  });
});

test("keys are found by a part of their name or their beginning, page by page; revoked ones stand last", async () => {
  const made: { id: string; key: string }[] = [];
  for (let i = 0; i < 55; i++) made.push(await createApiKey(p.mallory, { name: `paged_${i}`, scopes: ["read"] }));
  await revokeApiKey(p.mallory, { id: made.at(-1)!.id });
  const first = await findApiKeys(p.mallory, { text: "PAGED_" });
  const rest = await findApiKeys(p.mallory, { text: "PAGED_", skip: 50 });
  expect([first.total, first.keys.length, rest.keys.length]).toEqual([55, 50, 5]);
  expect(new Set([...first.keys, ...rest.keys].map((k) => k.id)).size).toBe(55);
  expect([first.keys[0]!.name, rest.keys.at(-1)!.name]).toEqual(["paged_53", "paged_54"]);
  const begins = made[7]!.key.slice(0, 10);
  expect((await findApiKeys(p.mallory, { text: begins })).keys.map((k) => k.id)).toContain(made[7]!.id);
  expect((await findApiKeys(p.mallory, { text: "paged%" })).total).toBe(0);
  expect((await findApiKeys(p.alice, { text: "paged" })).total).toBe(0);
});
