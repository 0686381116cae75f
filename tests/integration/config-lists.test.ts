import { expect, test } from "vitest";
import { createRunSchema, finishRunSchema } from "@/lib/protocol";
import { create } from "@/server/http/native/runs";
import { createProject } from "@/server/services/project";
import { createRun, finishRun, groupRuns, queryRuns } from "@/server/services/run";
import { call, keyWith, product } from "./product";

/** Lists by keys of configs, whose values are of any kind and spelling. */

const p = product();

test("config values are sorted, numbers and texts each among themselves, what has none last", async () => {
  await createProject(p.alice, { name: "kinds", slug: "kinds" });
  for (const [i, kind] of ["sgd", null, 8, "adamw", "8.5", "NaN", -3].entries()) {
    await createRun(p.alice, createRunSchema.parse({ project: "kinds", name: String(i), config: { kind } }));
  }
  const by = async (sort: string) => {
    const order: string[] = [];
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await queryRuns(p.alice, { project: "kinds", sort, limit: 2, cursor });
      order.push(...page.runs.map((r) => r.name));
      cursor = page.next ?? undefined;
      more = page.next !== null;
    }
    return order;
  };
  const [up, down] = [await by("config.kind"), await by("-config.kind")];
  expect(up.slice(0, 5)).toEqual(["3", "0", "6", "2", "4"]);
  expect(down.slice(0, 5)).toEqual(["4", "2", "6", "0", "3"]);
  for (const order of [up, down]) expect(order.slice(5).sort()).toEqual(["1", "5"]);
});

test("groups by a number stand in its order, what has none last", async () => {
  const slug = "numbered";
  await createProject(p.alice, { name: slug, slug });
  for (const tokens of [1_048_576, 131_072, 524_288, 1e10, undefined]) {
    const body = { project: slug, config: { size: tokens ?? "big" }, dimensions: tokens ? { tokens } : {} };
    await createRun(p.alice, createRunSchema.parse(body));
  }
  const keysBy = async (by: string) => (await groupRuns(p.alice, { project: slug, by: [by] })).map((g) => g.keys[0]);
  expect(await keysBy("tokens")).toEqual(["131072", "524288", "1048576", "10000000000", null]);
  expect((await keysBy("config.size")).at(-1)).toBe("big");
  const key = await keyWith(p.alice, "write");
  for (const raw of ["8", "8.0", '"8"', '"8.00"', "80e-1"]) {
    expect((await call(create, { key, raw: `{"project":"${slug}","config":{"bs":${raw}}}` })).status).toBe(200);
  }
  expect((await keysBy("config.bs")).filter((k) => k !== null)).toEqual(["8"]);
});

test("a diverged run that was resumed is running", async () => {
  await createProject(p.alice, { name: "again", slug: "again" });
  const begin = createRunSchema.parse({ project: "again", id: "one" });
  const { id } = await createRun(p.alice, begin);
  const states = async () => {
    const count = async (state: string) =>
      (await queryRuns(p.alice, { project: "again", filter: `state = ${state}` })).total;
    return { running: await count("running"), diverged: await count("diverged") };
  };
  await finishRun(p.alice, { runId: id, ...finishRunSchema.parse({ state: "finished", finalLoss: "NaN" }) });
  expect(await states()).toEqual({ running: 0, diverged: 1 });
  await createRun(p.alice, begin);
  expect(await states()).toEqual({ running: 1, diverged: 0 });
});
