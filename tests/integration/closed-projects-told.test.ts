import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { deliveries, users } from "@/db/schema";
import { createChannel, listChannels } from "@/server/services/channel";
import { sendToChannels } from "@/server/services/delivery/channels";
import { sendMails } from "@/server/services/delivery/mail";
import { changeAccess, createProject } from "@/server/services/project";
import { mailbox } from "../mailbox";
import { colleague, type Person, product } from "./product";
import { receiver } from "./receiver";
import { endRun, program, runOf, system, watchProject } from "./told";

const p = product();
let bob: Person;
let slug: string;
let made = 0;

beforeAll(() => {
  process.env.AUTH_URL = "http://etalon.test";
});
afterAll(() => {
  delete process.env.AUTH_URL;
});
beforeEach(async () => {
  slug = `closed-${++made}`;
  await createProject(p.alice, { name: slug, slug });
  bob = await colleague(p.alice, "viewer");
  await watchProject(bob, slug);
});

const channel = (of: Partial<Parameters<typeof createChannel>[1]>) =>
  createChannel(p.alice, { type: "webhook", name: "hook", url: "http://127.0.0.1:9", kinds: ["run-failed"], ...of });
const ofChannel = (id: string) => p.alice.db.select().from(deliveries).where(eq(deliveries.channelId, id));
const fail = async (name: string) =>
  endRun(program(p.alice), await runOf(program(p.alice), slug, name), { state: "failed", error: "x" });
const told = async (who: Person) => (await who.api.notification.list({ team: who.team })).entries.map((e) => e.title);

describe("a project that is closed", () => {
  test("tells who watched it nothing more, nor what it had told before, until she is named", async () => {
    await fail("before");
    expect(await told(bob)).toEqual(["before"]);
    await changeAccess(p.alice, { slug, openTo: "named" });
    await fail("hidden");
    expect(await told(bob)).toEqual([]);
    expect((await bob.api.notification.list({ team: bob.team })).unread).toBe(0);
    await changeAccess(p.alice, { slug, add: [bob.userId] });
    await fail("named");
    expect(await told(bob)).toEqual(["named", "before"]);
  });
});

describe("of a project that is closed", () => {
  test("a channel of the team hears nothing, one of the project does", async () => {
    const [ofTeam, ofProject] = [await channel({}), await channel({ project: slug })];
    await fail("open");
    await changeAccess(p.alice, { slug, openTo: "named" });
    await fail("closed");
    expect([(await ofChannel(ofTeam.id)).length, (await ofChannel(ofProject.id)).length]).toEqual([1, 2]);
  });

  test("what waits for a channel of the team is not sent, for one of the project it is", async () => {
    const hook = await receiver();
    process.env.ETALON_WEBHOOKS_TO_PRIVATE = "1";
    try {
      const [ofTeam, ofProject] = [await channel({ url: hook.url }), await channel({ url: hook.url, project: slug })];
      await fail("told while it was open");
      await changeAccess(p.alice, { slug, openTo: "named" });
      const server = { stopped: () => false, underWay: new Set<Promise<unknown>>() };
      await sendToChannels(system(p.alice), server);
      await Promise.all(server.underWay);
      const states = async (id: string) => (await ofChannel(id)).map((d) => d.state);
      expect([await states(ofTeam.id), await states(ofProject.id)]).toEqual([["dropped"], ["sent"]]);
      expect(hook.received.length).toBe(1);
    } finally {
      delete process.env.ETALON_WEBHOOKS_TO_PRIVATE;
      await hook.close();
    }
  });

  test("channels and deliveries are not listed to who may not know of it", async () => {
    await channel({ name: "secret", project: slug });
    await fail("closed");
    await changeAccess(p.alice, { slug, openTo: "named" });
    const editor = await colleague(p.alice, "editor");
    const seen = JSON.stringify([
      await editor.api.channel.list({ team: editor.team }),
      await editor.api.channel.deliveries({ team: editor.team }),
    ]);
    expect(seen).not.toContain(slug);
    expect(JSON.stringify(await listChannels(p.alice))).toContain(slug);
  });

  test("nothing is mailed that waits for who may not know of it any more", async () => {
    const box = await mailbox();
    Object.assign(process.env, box.env);
    try {
      await p.alice.db.update(users).set({ emailVerified: new Date() }).where(eq(users.id, bob.userId));
      await fail("told while it was open");
      await changeAccess(p.alice, { slug, openTo: "named" });
      await p.alice.sql`update deliveries set due_at = now()`;
      await sendMails(system(p.alice));
      expect(box.letters.filter((l) => l.text.includes("told while"))).toEqual([]);
      const rows = await p.alice.db.select().from(deliveries).where(eq(deliveries.userId, bob.userId));
      expect(rows.map((d) => [d.state, d.error])).toEqual([["dropped", expect.stringContaining("no longer")]]);
    } finally {
      for (const name of Object.keys(box.env)) delete process.env[name];
      await box.close();
    }
  });
});
