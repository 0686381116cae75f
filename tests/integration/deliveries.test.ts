import { createHmac } from "node:crypto";
import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { deliveries, members, teams, users } from "@/db/schema";
import { NOTIFICATION_KINDS } from "@/lib/notification";
import {
  createChannel,
  listChannels,
  listDeliveries,
  removeChannel,
  testChannel,
  updateChannel,
} from "@/server/services/channel";
import { sendToChannels } from "@/server/services/delivery/channels";
import { sendMails } from "@/server/services/delivery/mail";
import { expireDeliveries, startMessenger } from "@/server/services/delivery/start";
import { alertOfRun, getPreferences, savePreferences } from "@/server/services/notification";
import { createProject } from "@/server/services/project";
import { mailbox } from "../mailbox";
import { colleague, type Person, product } from "./product";
import { receiver } from "./receiver";
import { endRun, program, runOf, system, toldTo, watchProject } from "./told";

const p = product();
let hook: Awaited<ReturnType<typeof receiver>>;
let slug: string;
let made = 0;

beforeAll(() => {
  process.env.AUTH_URL = "http://etalon.test";
});
beforeEach(async () => {
  process.env.ETALON_WEBHOOKS_TO_PRIVATE = "1";
  hook = await receiver();
  slug = `sent-${++made}`;
  await createProject(p.alice, { name: slug, slug });
  return () => hook.close();
});
afterAll(() => {
  delete process.env.ETALON_WEBHOOKS_TO_PRIVATE;
  delete process.env.AUTH_URL;
});

const channel = (of: Partial<Parameters<typeof createChannel>[1]> = {}) =>
  createChannel(p.alice, { type: "webhook", name: "hook", url: hook.url, project: slug, kinds: ["run-failed"], ...of });
const fail = async (name: string) => {
  const id = await runOf(program(p.alice), slug, name);
  await endRun(program(p.alice), id, { state: "failed", error: `why ${name} failed` });
  return id;
};
/** As three servers do it at the same time, until nothing is due. */
const sendAll = async () => {
  const servers = [1, 2, 3].map(() => ({ stopped: () => false, underWay: new Set<Promise<unknown>>() }));
  for (let begun = true; begun; ) {
    await Promise.all(servers.map((server) => sendToChannels(system(p.alice), server)));
    begun = servers.some((s) => s.underWay.size > 0);
    await Promise.all(servers.flatMap((s) => [...s.underWay]));
  }
};
const ofChannel = (id: string) => p.alice.db.select().from(deliveries).where(eq(deliveries.channelId, id));
const makeDue = () => p.alice.sql`update deliveries set due_at = now() where state = 'waiting'`;

describe("a webhook", () => {
  test("is sent the events of its kinds and project, signed, once each from several servers, in their order", async () => {
    const { id, secret } = await channel();
    await channel({ name: "of other kinds", kinds: ["sweep-finished"] });
    const runId = await fail("a");
    for (const name of ["b", "c", "d", "e", "f", "g"]) await fail(name);
    await sendAll();
    const bodies = hook.received.map(({ body }) => JSON.parse(body));
    expect(bodies.map((b) => b.subject.name)).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
    expect(bodies[0]).toEqual({
      ...{
        id: expect.any(String),
        kind: "run-failed",
        at: expect.any(String),
        team: p.alice.team,
        project: slug,
        actor: null,
      },
      subject: { kind: "run", id: runId, name: "a", url: `http://etalon.test/${p.alice.team}/${slug}/runs/${runId}` },
      ...{ words: "a failed: why a failed", detail: { reason: "why a failed" } },
    });
    const [{ headers, body }] = hook.received as [(typeof hook.received)[0]];
    const timestamp = headers["etalon-timestamp"] as string;
    expect(Math.abs(Number(timestamp) - Date.now() / 1_000)).toBeLessThan(60);
    const expected = createHmac("sha256", secret!).update(`${timestamp}.${body}`).digest("hex");
    expect(headers["etalon-signature"]).toBe(`sha256=${expected}`);
    const stored = await ofChannel(id);
    expect(stored.every((d) => d.state === "sent" && d.attempts === 1 && d.endedAt !== null)).toBe(true);
    expect(new Set(hook.received.map((r) => r.headers["etalon-delivery"]))).toEqual(new Set(stored.map((d) => d.id)));
  });

  test("that fails is tried again after pauses that grow, with the same id, and given up after six attempts", async () => {
    const { id } = await channel();
    await fail("a");
    hook.answer((res) => res.writeHead(500).end("no room\nat all"));
    const pauses: number[] = [];
    for (let attempt = 1; attempt <= 6; attempt++) {
      await sendAll();
      const [d] = await ofChannel(id);
      expect(d).toMatchObject({
        attempts: attempt,
        error: "answered with 500: no room",
        state: attempt < 6 ? "waiting" : "failed",
      });
      pauses.push(Math.round((d!.dueAt.getTime() - Date.now()) / 10_000));
      await makeDue();
    }
    await sendAll();
    expect(pauses.slice(0, 5)).toEqual([1, 4, 16, 64, 256]);
    expect(hook.received.length).toBe(6);
    expect(new Set(hook.received.map((r) => r.headers["etalon-delivery"])).size).toBe(1);
    expect((await listChannels(p.alice)).find((c) => c.id === id)).toMatchObject({ failed: 1, waiting: 0 });
    expect((await listDeliveries(p.alice))[0]).toMatchObject({
      channel: "hook",
      state: "failed",
      attempts: 6,
      project: slug,
    });
    hook.answer((res) => res.end());
    await fail("b");
    await sendAll();
    expect((await ofChannel(id)).map((d) => d.state).sort()).toEqual(["failed", "sent"]);
  });

  test("whose sender died is sent again once the lease is over, and not before", async () => {
    const { id } = await channel();
    await fail("a");
    await p.alice
      .sql`update deliveries set leased_until = now() + interval '1 minute', attempts = 1 where channel_id = ${id}`;
    await sendAll();
    expect(hook.received.length).toBe(0);
    await p.alice.sql`update deliveries set leased_until = now() - interval '1 second' where channel_id = ${id}`;
    await sendAll();
    expect(hook.received.length).toBe(1);
  });

  test("is left to the server that is just taking its next events", async () => {
    const { id } = await channel();
    await fail("a");
    const server = { stopped: () => false, underWay: new Set<Promise<unknown>>() };
    await p.alice.sql.begin(async (other) => {
      await other`select id from channels where id = ${id} for no key update`;
      await sendToChannels(system(p.alice), server);
      await Promise.all(server.underWay);
    });
    expect(hook.received.length).toBe(0);
    await sendAll();
    expect(hook.received.length).toBe(1);
  });

  test("into the private network is refused, which the settings say", async () => {
    delete process.env.ETALON_WEBHOOKS_TO_PRIVATE;
    const { id } = await channel();
    await fail("a");
    await sendAll();
    expect(hook.received.length).toBe(0);
    expect((await ofChannel(id))[0]!.error).toContain("127.0.0.1 is no address of the public internet");
    expect((await testChannel(p.alice, { id })).error).toContain("no address of the public internet");
  });

  test("that redirects is not followed", async () => {
    const { id } = await channel();
    await fail("a");
    hook.answer((res) => res.writeHead(302, { location: hook.url }).end());
    await sendAll();
    expect(hook.received.length).toBe(1);
    expect((await ofChannel(id))[0]!.error).toContain("answered with 302: redirects are not followed");
  });

  test("that does not answer holds up no other, and what was not tried counts as no attempt", async () => {
    const fast = await receiver();
    const slow = await channel();
    const { id } = await channel({ name: "fast", url: fast.url });
    await fail("a");
    hook.answer(() => {});
    const stop = startMessenger(system(p.alice), () => {});
    const isSent = async (n: number) => (await ofChannel(id)).filter((d) => d.state === "sent").length === n;
    while (!(await isSent(1))) await new Promise((done) => setTimeout(done, 20));
    await fail("b");
    while (!(await isSent(2))) await new Promise((done) => setTimeout(done, 20));
    expect(hook.received.length).toBe(1);
    await hook.close();
    await stop();
    expect((await ofChannel(slow.id)).map((d) => d.attempts).sort()).toEqual([0, 1]);
    await fast.close();
  });

  test("can be tested, told of other kinds, and removed with what waits for it", async () => {
    const { id } = await channel();
    expect(await testChannel(p.alice, { id })).toEqual({ error: null });
    expect(JSON.parse(hook.received[0]!.body)).toMatchObject({ kind: "test", team: p.alice.team });
    hook.answer((res) => res.writeHead(404).end());
    expect(await testChannel(p.alice, { id })).toEqual({ error: "answered with 404" });
    await updateChannel(p.alice, { id, name: "renamed", kinds: ["run-diverged"] });
    await fail("a");
    expect(await ofChannel(id)).toEqual([]);
    await endRun(program(p.alice), await runOf(program(p.alice), slug, "d"), { state: "finished", diverged: true });
    expect((await ofChannel(id)).length).toBe(1);
    await removeChannel(p.alice, { id });
    expect(await ofChannel(id)).toEqual([]);
  });

  test("address and secret are checked and kept back", async () => {
    for (const url of ["ftp://example.org/", "nowhere", "https://user:word@example.org/"])
      await expect(channel({ url })).rejects.toThrow(/address|password/);
    const { id } = await channel({ url: "https://example.org/hook?token=secret" });
    const listed = (await listChannels(p.alice)).find((c) => c.id === id)!;
    expect(listed.address).toBe("https://example.org/hook?…");
    expect(JSON.stringify(listed)).not.toContain("secret");
    await expect(listChannels(await colleague(p.alice, "viewer"))).rejects.toMatchObject({ code: "forbidden" });
  });

  test("of a team that is being deleted is sent nothing", async () => {
    await channel();
    await fail("a");
    await p.alice.db.update(teams).set({ deletedAt: new Date() }).where(eq(teams.id, p.alice.teamId));
    await sendAll();
    await p.alice.db.update(teams).set({ deletedAt: null }).where(eq(teams.id, p.alice.teamId));
    expect(hook.received.length).toBe(0);
  });
});

test("Slack is sent a text with a link, in which nothing of ours is its markup", async () => {
  await channel({ type: "slack", kinds: ["run-failed"] });
  const id = await runOf(program(p.alice), slug, "<!channel> & co|x");
  await endRun(program(p.alice), id, { state: "failed", error: "a < b" });
  await sendAll();
  const page = `http://etalon.test/${p.alice.team}/${slug}/runs/${id}`;
  expect(JSON.parse(hook.received[0]!.body)).toEqual({
    text: `<${page}|&lt;!channel&gt; &amp; co/x> failed: a &lt; b`,
  });
  expect(hook.received[0]!.headers["etalon-signature"]).toBeUndefined();
});

test("what was delivered long ago is forgotten, what waits is not", async () => {
  const { id } = await channel();
  for (const name of ["a", "b"]) await fail(name);
  await p.alice.sql`
    update deliveries set state = 'sent', ended_at = now() - interval '31 days'
    where id = (select id from deliveries where channel_id = ${id} limit 1)`;
  expect(await expireDeliveries(p.alice.sql)).toBe(1);
  expect((await ofChannel(id)).map((d) => d.state)).toEqual(["waiting"]);
});

describe("mail", () => {
  let box: Awaited<ReturnType<typeof mailbox>>;
  let bob: Person;
  let address: string;
  beforeEach(async () => {
    box = await mailbox();
    Object.assign(process.env, box.env);
    bob = await colleague(p.alice, "viewer");
    await watchProject(bob, slug);
    const [user] = await p.alice.sql<{ email: string }[]>`
      update users set email_verified = now() where id = ${bob.userId} returning email`;
    address = user!.email;
    return async () => {
      delete process.env.SMTP_URL;
      delete process.env.MAIL_FROM;
      await box.close();
    };
  });
  const mailAll = () => Promise.all([1, 2, 3].map(() => sendMails(system(p.alice))));
  const toBob = () => box.letters.filter((l) => l.to.includes(address));
  const ofBob = () => p.alice.db.select().from(deliveries).where(eq(deliveries.userId, bob.userId));
  const aMinuteLater = () =>
    p.alice
      .sql`update deliveries set ended_at = ended_at - interval '61 s', due_at = now() where user_id = ${bob.userId}`;

  test("gathers what comes at once into one, and sends one a minute at most, from all servers", async () => {
    for (const name of ["a", "b", "c"]) await fail(name);
    await mailAll();
    expect(toBob()).toEqual([]);
    await makeDue();
    await mailAll();
    expect(toBob().length).toBe(1);
    const [first] = toBob();
    expect(first!.subject).toBe("3 events on Etalon");
    for (const name of ["a", "b", "c"]) expect(first!.text).toContain(`${slug}: ${name} failed: why ${name} failed`);
    expect(first!.text).toContain(`http://etalon.test/${p.alice.team}/settings/notifications`);
    const id = await fail("d");
    await makeDue();
    await mailAll();
    expect(toBob().length).toBe(1);
    await aMinuteLater();
    await mailAll();
    await mailAll();
    expect(toBob().length).toBe(2);
    expect(toBob()[1]!.subject).toBe(`[${slug}] d failed: why d failed`);
    expect(toBob()[1]!.text).toContain(`http://etalon.test/${p.alice.team}/${slug}/runs/${id}`);
    expect((await ofBob()).every((d) => d.state === "sent")).toBe(true);
  });

  test("is one however much has come, with the first of it and how much more", async () => {
    const runId = await runOf(program(p.alice), slug, "loop");
    const alert = (n: number) =>
      alertOfRun(program(p.alice), { runId, key: `${n}`, title: `alert ${n}.`, text: "", level: "info" });
    for (let n = 1; n <= 130; n++) await alert(n);
    await makeDue();
    await mailAll();
    expect(toBob().map((l) => l.subject)).toEqual(["130 events on Etalon"]);
    expect(toBob()[0]!.text).toContain("alert 100.");
    expect(toBob()[0]!.text).not.toContain("alert 101.");
    expect(toBob()[0]!.text).toContain("And 30 more");
    expect((await ofBob()).filter((d) => d.state !== "sent")).toEqual([]);
  });

  test("is left to the server that is just gathering it", async () => {
    await fail("a");
    await makeDue();
    await p.alice.sql.begin(async (other) => {
      await other`select id from users where id = ${bob.userId} for no key update`;
      await mailAll();
    });
    expect(toBob()).toEqual([]);
    await mailAll();
    expect(toBob().length).toBe(1);
  });

  test("is of the kinds that she wants, while the bell shows all", async () => {
    await savePreferences(bob, { mail: NOTIFICATION_KINDS.filter((k) => k !== "run-failed") });
    await fail("a");
    expect(await ofBob()).toEqual([]);
    expect((await toldTo(bob)).length).toBe(1);
    await savePreferences(bob, { mail: ["run-failed"] });
    await fail("b");
    expect((await ofBob()).length).toBe(1);
  });

  test("does not go to who left after it was written", async () => {
    await fail("a");
    await p.alice.db.delete(members).where(and(eq(members.teamId, bob.teamId), eq(members.userId, bob.userId)));
    await makeDue();
    await mailAll();
    expect(toBob()).toEqual([]);
    expect((await ofBob())[0]).toMatchObject({
      state: "dropped",
      error: "she is no longer in the team, or in the project",
    });
  });

  test("goes to proven addresses alone", async () => {
    const prove = (at: Date | null) =>
      p.alice.db.update(users).set({ emailVerified: at }).where(eq(users.id, bob.userId));
    await prove(null);
    await fail("a");
    expect(await ofBob()).toEqual([]);
    expect(await getPreferences(bob)).toMatchObject({ sendsMail: true, isProven: false, email: address });
    await prove(new Date());
    await fail("b");
    await prove(null);
    await makeDue();
    await mailAll();
    expect(toBob()).toEqual([]);
    expect((await ofBob()).map((d) => [d.state, d.error])).toEqual([["dropped", "her address is not proven"]]);
  });

  test("that the server refuses is tried again", async () => {
    await fail("a");
    await makeDue();
    box.refuse("try later");
    await mailAll();
    const [waiting] = await ofBob();
    expect(waiting).toMatchObject({ state: "waiting", attempts: 1, error: expect.stringContaining("try later") });
    box.refuse(null);
    await makeDue();
    await mailAll();
    expect(toBob().length).toBe(1);
  });

  test("is not written where the server sends none", async () => {
    delete process.env.SMTP_URL;
    await fail("a");
    expect(await ofBob()).toEqual([]);
    expect((await toldTo(bob)).length).toBe(1);
  });
});
