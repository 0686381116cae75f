import { afterAll, beforeEach, expect, test } from "vitest";
import { createChannel } from "@/server/services/channel";
import { sendToChannels } from "@/server/services/delivery/channels";
import { createProject } from "@/server/services/project";
import { type Person, product } from "./product";
import { receiver } from "./receiver";
import { endRun, program, runOf, system } from "./told";

const p = product();
let hook: Awaited<ReturnType<typeof receiver>>;

beforeEach(async () => {
  process.env.ETALON_WEBHOOKS_TO_PRIVATE = "1";
  hook = await receiver();
  await p.alice.sql`delete from channels`;
  return () => hook.close();
});
afterAll(() => {
  delete process.env.ETALON_WEBHOOKS_TO_PRIVATE;
});

const channelOf = (who: Person) =>
  createChannel(who, { type: "webhook", name: "hook", url: hook.url, kinds: ["run-failed"] });
const fail = async (who: Person) => {
  await createProject(who, { name: "Sent", slug: "sent" });
  await endRun(program(who), await runOf(program(who), "sent", "run"), { state: "failed", error: "x" });
};

test("a channel waits for no more than one of another team, however many of that do not answer", async () => {
  hook.answer(() => {});
  for (let n = 0; n < 3; n++) await channelOf(p.mallory);
  await fail(p.mallory);
  const sending = { stopped: () => false, underWay: new Set<Promise<unknown>>() };
  const [first, ...others] = Array.from({ length: 19 }, () => new Promise(() => {}));
  for (const taken of [first!, ...others]) sending.underWay.add(taken);
  const until = async (received: number) => {
    await sendToChannels(system(p.alice), sending);
    while (hook.received.length < received) await new Promise((done) => setTimeout(done, 10));
  };
  await until(1);
  await channelOf(p.alice);
  await fail(p.alice);
  sending.underWay.delete(first!);
  await until(2);
  expect(hook.received.map(({ body }) => JSON.parse(body).team)).toEqual([p.mallory.team, p.alice.team]);
});

test("a channel is one of 50 that a team may have", async () => {
  for (let n = 0; n < 50; n++) await channelOf(p.mallory);
  await expect(channelOf(p.mallory)).rejects.toMatchObject({ code: "conflict" });
  await channelOf(p.alice);
});
