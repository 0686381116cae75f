import { expect, test } from "vitest";
import { create } from "@/server/http/native/runs";
import { createProject, listProjects, updateProject } from "@/server/services/project";
import { saveTeamSettings } from "@/server/services/team";
import { call, keyWith, product, sweepIn } from "./product";

const p = product();

test.each(["workers", "settings", "recommendations"])(
  "a project cannot be called %s, which is a page",
  async (slug) => {
    await expect(createProject(p.alice, { name: slug })).rejects.toMatchObject({ code: "invalid" });
  },
);

test("a taken name is a conflict, a name of signs gets a made-up address", async () => {
  await createProject(p.alice, { name: "Twice" });
  await expect(createProject(p.alice, { name: "twice!" })).rejects.toMatchObject({ code: "conflict" });
  expect((await createProject(p.alice, { name: "???" })).slug).toMatch(/^project-/);
});

test("every project is listed with the counts of its own runs, sweeps and published recommendations", async () => {
  const empty = await createProject(p.alice, { name: "Empty" });
  const { slug, runs } = await sweepIn(p.alice);
  const other = await sweepIn(p.alice);
  await p.alice.sql`
    update runs set state = 'running' where id in (
      select id from runs where project_id = (select id from projects where slug = ${slug}) order by id limit 1)`;
  const listed = new Map((await listProjects(p.alice)).map((project) => [project.slug, project]));
  expect(listed.get(empty.slug)).toMatchObject({ runs: 0, running: 0, sweeps: 0, published: 0 });
  expect(listed.get(slug)).toMatchObject({ runs, running: 1, sweeps: 1 });
  expect(listed.get(other.slug)).toMatchObject({ runs: other.runs, running: 0, sweeps: 1 });
  expect(await listProjects(p.mallory)).toEqual([]);
});

test("a run for a project that is not there makes it, where the team wants so", async () => {
  const key = await keyWith(p.alice, "write");
  const send = () => call(create, { key, body: { project: "new-study", config: {} } });
  await saveTeamSettings(p.alice, { makesProjects: false });
  expect((await send()).status).toBe(404);
  await saveTeamSettings(p.alice, { makesProjects: true });
  const answers = await Promise.all([send(), send(), send()]);
  expect(answers.map((a) => a.status)).toEqual([200, 200, 200]);
  expect((await listProjects(p.alice)).filter((project) => project.slug === "new-study")).toMatchObject([{ runs: 3 }]);
  expect((await call(create, { key, body: { project: "No Slug!" } })).status).toBe(422);
  const viewer = await keyWith(p.alice, "read");
  expect((await call(create, { key: viewer, body: { project: "other-study" } })).status).toBe(403);
});

test.each(["My Project", "../p", "é", "settings", "x".repeat(300)])(
  "a run for a project %s is told what is wrong with it",
  async (project) => {
    await saveTeamSettings(p.alice, { makesProjects: true });
    const key = await keyWith(p.alice, "write");
    const { status, body } = await call(create, { key, body: { project } });
    expect([status, body.error.issues.map((i: { field: string }) => i.field)]).toEqual([422, ["project"]]);
    expect(body.error.message).toContain(project.slice(0, 100));
  },
);

test("an update that says nothing changes nothing", async () => {
  const { slug } = await sweepIn(p.alice);
  const said = { slug, name: undefined, question: undefined };
  expect(await updateProject(p.alice, said)).toMatchObject({ slug, name: slug });
});
