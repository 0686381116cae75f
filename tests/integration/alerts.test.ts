import { beforeAll, expect, test } from "vitest";
import { alert } from "@/server/http/native/runs";
import { createApiKey } from "@/server/services/api-key";
import { createProject } from "@/server/services/project";
import { getWatch, setWatch } from "@/server/services/watch";
import { call, colleague, keyWith, type Person, product } from "./product";
import { program, projectId, runOf, toldTo, watchProject } from "./told";

const p = product();
let bob: Person;
let id: string;
let key: string;

beforeAll(async () => {
  await createProject(p.alice, { name: "Alerts", slug: "alerts" });
  bob = await colleague(p.alice, "viewer");
  await watchProject(bob, "alerts");
  id = await runOf(program(p.alice), "alerts", "run");
  key = await keyWith(p.alice, "write");
});

test("a program's alert is told once a key", async () => {
  const body = { key: "one", title: "  Loss spike ", text: "at step 7", level: "warning" };
  const answers = await Promise.all([1, 2, 3].map(() => call(alert, { key, id, body })));
  expect(answers.map((a) => a.status)).toEqual([200, 200, 200]);
  expect(answers.filter((a) => !a.body.duplicate).length).toBe(1);
  expect((await call(alert, { key, id, body: { ...body, title: "other words" } })).body).toEqual({ duplicate: true });
  expect((await call(alert, { key, id, body: { key: "two", title: "Done" } })).body).toEqual({ duplicate: false });
  expect(await toldTo(bob)).toEqual([
    ["run-alert", "run", "says (warning): Loss spike. at step 7"],
    ["run-alert", "run", "says (info): Done"],
  ]);
});

test.each([
  [{ title: "t" }, "key"],
  [{ key: "k" }, "title"],
  [{ key: "k", title: "   " }, "title"],
  [{ key: "k", title: "t".repeat(201) }, "title"],
  [{ key: "k", title: "t", text: "x".repeat(5_001) }, "text"],
  [{ key: "k", title: "t", level: "fatal" }, "level"],
  [{ key: "k".repeat(201), title: "t" }, "key"],
  [{ key: "k", title: "t", more: 1 }, "more"],
])("%j is refused for its %s", async (body, field) => {
  const before = (await toldTo(bob)).length;
  const answer = await call(alert, { key, id, body });
  expect(answer.status).toBe(422);
  expect(JSON.stringify(answer.body)).toContain(field);
  expect((await toldTo(bob)).length).toBe(before);
});

test("it needs the scope write and a run that the key reaches", async () => {
  const body = { key: "mine", title: "t" };
  expect((await call(alert, { key: await keyWith(p.alice, "read", "work"), id, body })).status).toBe(403);
  expect((await call(alert, { key: await keyWith(p.mallory, "write"), id, body })).status).toBe(404);
  await createProject(p.alice, { name: "Other", slug: "other" });
  const limited = await createApiKey(p.alice, { name: "limited", scopes: ["write"], projects: ["other"] });
  expect((await call(alert, { key: limited.key, id, body })).status).toBe(404);
  expect((await call(alert, { key, id: crypto.randomUUID(), body })).status).toBe(404);
});

test("each of the four kinds can be watched, by people of its team alone", async () => {
  const what = { kind: "project", id: await projectId(p.alice, "alerts") } as const;
  expect(await getWatch(p.alice, what)).toEqual({ watchers: 1, watching: false });
  await setWatch(p.alice, { ...what, watching: true });
  expect(await setWatch(p.alice, { ...what, watching: true })).toEqual({ watchers: 2, watching: true });
  expect(await setWatch(p.alice, { ...what, watching: false })).toEqual({ watchers: 1, watching: false });
  await expect(setWatch(p.mallory, { ...what, watching: true })).rejects.toMatchObject({ code: "not_found" });
  await expect(getWatch(p.alice, { kind: "sweep", id: what.id })).rejects.toMatchObject({ code: "not_found" });
  await expect(setWatch({ ...p.alice, ...program(p.alice) }, { ...what, watching: true })).rejects.toMatchObject({
    code: "forbidden",
  });
});
