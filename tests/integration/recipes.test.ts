import { beforeAll, expect, test } from "vitest";
import { create, finish, get, update } from "@/server/http/native/runs";
import { getMapping, getRecipes, resumeMappings, saveMapping, saveRecipeIgnored } from "@/server/services/mapping";
import { createProject } from "@/server/services/project";
import { createSweep } from "@/server/services/sweep";
import { call, keyWith, product, space } from "./product";

const p = product();
let key: string;
let made = 0;

beforeAll(async () => {
  key = await keyWith(p.alice, "write", "read");
});

async function newProject(): Promise<string> {
  const slug = `recipes-${++made}`;
  await createProject(p.alice, { name: slug, slug });
  return slug;
}

const newRun = async (project: string, body: Record<string, unknown>): Promise<string> =>
  (await call(create, { key, body: { project, ...body } })).body.id;
const recipeOf = async (id: string): Promise<string | null> => (await call(get, { key, id })).body.recipe;

test("runs of one config but for seed, rate and names are of one recipe, another setting is another", async () => {
  const project = await newProject();
  const config = { lr: 0.01, dropout: 0.1, run_name: "a" };
  const first = await newRun(project, { config, dimensions: { seed: 1 } });
  const second = await newRun(project, { config: { ...config, lr: 0.02, run_name: "b" }, dimensions: { seed: 2 } });
  const third = await newRun(project, { config: { ...config, dropout: 0.2 } });
  const none = await newRun(project, { dimensions: { seed: 3 } });
  expect(await recipeOf(first)).toMatch(/^[0-9a-f]{12}$/);
  expect(await recipeOf(second)).toBe(await recipeOf(first));
  expect(await recipeOf(third)).not.toBe(await recipeOf(first));
  expect(await recipeOf(none)).toBeNull();
  const recipes = await getRecipes(p.alice, { project });
  expect(recipes).toMatchObject({
    count: 2,
    unknown: 1,
    recipes: [
      { recipe: await recipeOf(first), runs: 2 },
      { recipe: await recipeOf(third), runs: 1 },
    ],
    differences: [{ key: "dropout", values: ["0.1", "0.2"] }],
  });
  // A config that changes, or that is sent in a second part, changes the recipe; an end does not.
  await call(update, { key, id: third, body: { config: { dropout: 0.1 } } });
  await call(finish, { key, id: third, body: { state: "finished", finalLoss: 2 } });
  expect(await recipeOf(third)).toBe(await recipeOf(first));
  const resumed = { id: "mine", config: { dropout: 0.1 } };
  const mine = await newRun(project, resumed);
  await newRun(project, { ...resumed, config: { clip: 1 } });
  expect(await recipeOf(mine)).not.toBe(await recipeOf(first));
});

test("the list of keys that are no part of a recipe is the project's, and may be the first one again", async () => {
  const project = await newProject();
  const one = await newRun(project, { config: { dropout: 0.1, cluster: "east" } });
  const two = await newRun(project, { config: { dropout: 0.1, cluster: "west" } });
  expect(await recipeOf(two)).not.toBe(await recipeOf(one));
  const { begunWith, ignored } = await getRecipes(p.alice, { project });
  expect(ignored).toEqual(begunWith);
  expect(await saveRecipeIgnored(p.alice, { project, ignored: [...ignored, "cluster"] })).toEqual({ runs: 2 });
  expect(await recipeOf(two)).toBe(await recipeOf(one));
  expect(await recipeOf(await newRun(project, { config: { dropout: 0.1, cluster: "north" } }))).toBe(
    await recipeOf(one),
  );
  expect((await getRecipes(p.alice, { project })).ignored).toContain("cluster");
  expect((await getMapping(p.alice, { project })).isSaved).toBe(false);
  await saveRecipeIgnored(p.alice, { project, ignored: null });
  expect(await recipeOf(two)).not.toBe(await recipeOf(one));
  await expect(saveRecipeIgnored(p.mallory, { project, ignored: [] })).rejects.toThrow(/was not found in this team/);
});

test("what a mapping reads is no part of it, and a mapped or reported recipe is the team's own word", async () => {
  const project = await newProject();
  const one = await newRun(project, { config: { top: 0.1, kind: "x" } });
  const two = await newRun(project, { config: { top: 0.2, kind: "x" } });
  const said = await newRun(project, { config: { top: 0.2, kind: "x" }, dimensions: { recipe: "house" } });
  expect(await recipeOf(two)).not.toBe(await recipeOf(one));
  await saveMapping(p.alice, { project, mapping: { peakLr: "top" } });
  expect(await recipeOf(two)).toBe(await recipeOf(one));
  await saveMapping(p.alice, { project, mapping: { peakLr: "top", recipe: "kind" } });
  expect(await recipeOf(two)).toBe("x");
  expect(await recipeOf(said)).toBe("house");
});

test("all runs of a sweep are of one recipe, and a start names those that an upgrade found", async () => {
  const project = await newProject();
  await createSweep(p.alice, { project, name: "s", space: space() });
  const before = await getRecipes(p.alice, { project });
  expect(before).toMatchObject({ count: 1, unknown: 0, differences: [] });
  await p.alice.sql`update runs set recipe = null`;
  await p.alice.sql`
    insert into project_mappings (project_id, team_id, applied)
    select id, team_id, false from projects on conflict (project_id) do update set applied = false`;
  await p.alice.sql`update project_mappings set updated_at = date_trunc('milliseconds', updated_at)`;
  await resumeMappings(p.alice, (line) => expect(line).toBe(""));
  expect(await getRecipes(p.alice, { project })).toEqual(before);
});
