import { expect, test } from "vitest";
import { listNotifications, readNotifications } from "@/server/services/notification";
import {
  commentOnRecommendation,
  createRecommendation,
  publishRecommendation,
  withdrawRecommendation,
} from "@/server/services/recommendation";
import { setWatch } from "@/server/services/watch";
import { lawIn } from "./law";
import { colleague, product, sweepIn } from "./product";

const p = product();
const target = { batchSeqs: 8, seqLen: 64, tokens: 1e6, width: 64, baseWidth: 64, params: 93_696 };

test("watchers hear of publishing, comments, superseding and withdrawal, never of what they did themselves", async () => {
  const { slug } = await sweepIn(p.alice);
  const { fitId } = await lawIn(p.alice, slug);
  const [bob, carol] = [await colleague(p.alice, "editor"), await colleague(p.alice, "viewer")];
  const first = await createRecommendation(p.alice, { fitId, title: "First", target });
  const second = await createRecommendation(p.alice, { fitId, title: "Second", target });
  for (const who of [p.alice, bob]) await setWatch(who, { kind: "recommendation", id: first.id, watching: true });

  await publishRecommendation(p.alice, { id: first.id });
  await commentOnRecommendation(bob, { id: first.id, body: "why this batch?" });
  await publishRecommendation(p.alice, { id: second.id });
  await setWatch(bob, { kind: "recommendation", id: second.id, watching: true });
  await withdrawRecommendation(p.alice, { id: second.id, reason: "wrong tokenizer" });
  await expect(withdrawRecommendation(p.alice, { id: second.id, reason: "again" })).rejects.toMatchObject({
    code: "conflict",
  });

  const bobs = await listNotifications(bob);
  expect(bobs.unread).toBe(3);
  expect(bobs.entries.map((e) => [e.kind, e.title, e.project, e.readAt])).toEqual([
    ["withdrawn", "Second", slug, null],
    ["superseded", "First", slug, null],
    ["published", "First", slug, null],
  ]);
  const alices = await listNotifications(p.alice);
  expect(alices.entries.map((e) => [e.kind, e.actor])).toEqual([["commented", "editor"]]);
  expect(await listNotifications(carol)).toEqual({ unread: 0, entries: [] });

  // Only one's own entries can be marked.
  expect(await readNotifications(carol, { ids: bobs.entries.map((e) => e.id) })).toEqual({ read: 0 });
  expect(await readNotifications(bob, { ids: [bobs.entries[0]!.id] })).toEqual({ read: 1 });
  expect((await listNotifications(bob)).unread).toBe(2);
  expect(await readNotifications(bob, {})).toEqual({ read: 2 });
  expect(await listNotifications(bob)).toMatchObject({ unread: 0, entries: { length: 3 } });
  expect((await listNotifications(p.alice)).unread).toBe(1);
});
