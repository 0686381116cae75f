import { beforeAll, describe, expect, test } from "vitest";
import { createRunSchema } from "@/lib/protocol";
import { ALL_PROJECTS } from "@/server/context";
import { subscribe } from "@/server/event";
import { previewDeletion, startDeletion } from "@/server/services/deletion";
import { createProject } from "@/server/services/project";
import {
  createRun,
  editRuns,
  exportRuns,
  getRun,
  queryRuns,
  runsToExport,
  selectRuns,
  updateRun,
} from "@/server/services/run";
import { product } from "./product";

/** As many as no address could name. */
const MANY = 5_000;
const p = product();
const project = "many";

beforeAll(async () => {
  await createProject(p.alice, { name: project, slug: project });
  await p.alice.sql`
    insert into runs (team_id, project_id, name, config, seed)
    select ${p.alice.teamId}, id, 'run ' || n, '{}', n % 10 from projects, generate_series(1, ${MANY}) n
    where slug = ${project} and team_id = ${p.alice.teamId}`;
});

const allIds = async () => (await runsToExport(p.alice, { project })).map((r) => r.id);

describe("five thousand chosen runs", () => {
  test("are one id, the same for the same choice, and page, table and points go by it", async () => {
    const runIds = await allIds();
    expect(runIds).toHaveLength(MANY);
    const chosen = await selectRuns(p.alice, { project, runIds });
    expect(chosen.runs).toBe(MANY);
    expect((await selectRuns(p.alice, { project, runIds: runIds.toReversed() })).id).toBe(chosen.id);
    expect((await selectRuns(p.alice, { project, filter: "" })).id).toBe(chosen.id);
    expect((await selectRuns(p.alice, { project, filter: "seed = 3" })).runs).toBe(MANY / 10);
    expect((await queryRuns(p.alice, { project, selection: chosen.id, limit: 50 })).total).toBe(MANY);
    expect(await runsToExport(p.alice, { selection: chosen.id })).toHaveLength(MANY);
    let csv = "";
    for await (const part of await exportRuns(p.alice, { project, format: "csv", selection: chosen.id })) csv += part;
    expect(csv.trim().split("\n")).toHaveLength(MANY + 1);
  });

  test("are tagged and deleted by it", async () => {
    const { id: selection } = await selectRuns(p.alice, { project, filter: "seed = 4" });
    const which = { project, selection };
    expect(await editRuns(p.alice, { which, addTags: ["b", "a"] })).toEqual({ runs: MANY / 10 });
    await editRuns(p.alice, { which, addTags: ["c", "a"], removeTags: ["b"], notes: "looked at" });
    const page = await queryRuns(p.alice, { project, filter: "tag = c" });
    expect([page.total, page.runs[0]!.tags, page.runs[0]!.notes]).toEqual([MANY / 10, ["a", "c"], "looked at"]);
    expect((await queryRuns(p.alice, { project, filter: 'notes ~ "LOOKED"' })).total).toBe(MANY / 10);
    const { confirm, runs } = await previewDeletion(p.alice, { project, selection });
    expect([confirm, runs]).toEqual([`delete ${MANY / 10} runs`, MANY / 10]);
    const editor = {
      ...p.alice,
      actor: { kind: "user" as const, userId: p.alice.userId, name: "e", role: "editor" as const, ...ALL_PROJECTS },
    };
    expect((await startDeletion(editor, { project, selection, confirm })).runs).toBe(MANY / 10);
  });

  test("of another team or of nobody are not found", async () => {
    const { id: selection } = await selectRuns(p.alice, { project, filter: "seed = 5" });
    await createProject(p.mallory, { name: project, slug: project });
    for (const act of [
      () => queryRuns(p.mallory, { project, selection }),
      () => runsToExport(p.mallory, { selection }),
      () => previewDeletion(p.mallory, { project, selection }),
      () => editRuns(p.mallory, { which: { project, selection }, addTags: ["x"] }),
    ])
      await expect(act()).rejects.toMatchObject({ code: "not_found" });
    await expect(selectRuns(p.alice, { project, filter: "seed = 99" })).rejects.toMatchObject({ code: "invalid" });
  });
});

test("a run's name, tags and notes are changed one by one, and a run has no more tags than it may", async () => {
  const { id } = await createRun(p.alice, createRunSchema.parse({ project, name: "one", notes: "first" }));
  await updateRun(p.alice, { runId: id, notes: "second\nline", name: "uno" });
  expect(await getRun(p.alice, { id })).toMatchObject({ name: "uno", notes: "second\nline", silent: false });
  const many = Array.from({ length: 100 }, (_, i) => `t${i}`);
  await editRuns(p.alice, { which: { project, runIds: [id] }, addTags: many });
  await expect(editRuns(p.alice, { which: { project, runIds: [id] }, addTags: ["one more"] })).rejects.toMatchObject({
    code: "invalid",
  });
  expect((await getRun(p.alice, { id })).tags).toEqual(many);
});

test("whether a run has gone quiet is judged by the clock that wrote its signs of life", async () => {
  const { id } = await createRun(p.alice, createRunSchema.parse({ project, name: "quiet" }));
  const silent = async () => (await queryRuns(p.alice, { project, filter: "quiet" })).runs[0]!.silent;
  expect(await silent()).toBe(false);
  await p.alice.sql`update runs set last_seen_at = now() - interval '6 minutes' where id = ${id}`;
  expect(await silent()).toBe(true);
});

test("when the connection that listens was lost, every page is told that anything may have happened", async () => {
  const heard: unknown[] = [];
  const stop = await subscribe(p.alice.teamId, (e) => heard.push(e));
  await p.alice.sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and query ilike 'listen%' and pid <> pg_backend_pid()`;
  await expect.poll(() => heard, { timeout: 10_000 }).toContain(null);
  stop();
});
