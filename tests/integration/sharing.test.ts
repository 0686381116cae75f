import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { connect } from "@/db/client";
import { migrate, migrateTo, migrationTags } from "@/db/migrate";
import { users } from "@/db/schema";
import { chartBlock } from "@/lib/report";
import { saveFit } from "@/server/services/fit";
import { publishRecommendation } from "@/server/services/recommendation";
import { commentOnReport, createReport, getReport, reportCommentsOf, saveReport } from "@/server/services/report";
import { createSharedLink, listSharedLinks, readShared, revokeSharedLink } from "@/server/services/share";
import type { Ids } from "../access";
import { cloneDatabase } from "../postgres";
import { idsOf } from "./everything";
import { lawIn, recordedRuns } from "./law";
import { colleague, product, sweepIn } from "./product";

const p = product();
let ids: Ids;
const now = new Date();
const later = (days: number) => new Date(Date.now() + days * 86_400_000);

beforeAll(async () => {
  ids = await idsOf(p.alice);
  await publishRecommendation(p.alice, { id: ids.recommendationId, reason: "a test" });
});

const advice = () => ({ kind: "recommendation" as const, id: ids.recommendationId });

describe("a link", () => {
  test("is good until its end, and by itself: another one goes on", async () => {
    const [week, ever] = [
      await createSharedLink(p.alice, { of: advice(), days: 7 }),
      await createSharedLink(p.alice, { of: advice() }),
    ];
    expect((await readShared(week, null, later(6.9))).kind).toBe("recommendation");
    await expect(readShared(week, null, later(7.1))).rejects.toMatchObject({ code: "not_found" });
    expect((await readShared(ever, null, later(3_000))).kind).toBe("recommendation");
    await revokeSharedLink(p.alice, { id: ever.id });
    await expect(readShared(ever, null, now)).rejects.toMatchObject({ code: "not_found" });
    expect((await readShared(week, null, now)).kind).toBe("recommendation");
    expect((await listSharedLinks(p.alice, advice())).map(({ key }) => key)).toEqual([week.key]);
  });

  test("for named people opens for them alone, by an address that was proven", async () => {
    const reader = await colleague(p.mallory, "viewer");
    const [user] = await p.alice.db.select().from(users).where(eq(users.id, reader.userId));
    const email = user!.email!;
    const link = await createSharedLink(p.alice, { of: advice(), people: [email.toUpperCase(), "other@example.org"] });
    await expect(readShared(link, null, now)).rejects.toMatchObject({ code: "unauthorized" });
    await expect(readShared(link, p.mallory, now)).rejects.toMatchObject({ code: "forbidden" });
    // Who invited her could have made the account under her address.
    await expect(readShared(link, reader, now)).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("mailed link"),
    });
    await p.alice.db.update(users).set({ emailVerified: now }).where(eq(users.id, reader.userId));
    expect((await readShared(link, reader, now)).kind).toBe("recommendation");
  });

  test.each([
    ["nobody", { people: [] }],
    ["what is no address", { people: ["ada"] }],
    ["no day", { days: 0 }],
    ["half a day", { days: 0.5 }],
  ])("for %s is refused", async (_, part) => {
    await expect(createSharedLink(p.alice, { of: advice(), ...part })).rejects.toThrow();
  });
});

test("a report is read with the charts of its project's saved fits, and with no run", async () => {
  const { slug } = await sweepIn(p.alice);
  const foreign = await lawIn(p.alice, slug);
  const made = await createReport(p.alice, { project: ids.project, title: "Study" });
  const report = await getReport(p.alice, made);
  const [own, other] = [chartBlock({ fit: ids.fitId }), chartBlock({ fit: foreign.fitId, chart: "map" })];
  const body = `What we found.\n\n${own}\nand elsewhere\n\n${other}`;
  await saveReport(p.alice, { id: report.id, title: "Study", body, basedOn: report.updatedAt });
  const link = await createSharedLink(p.alice, { of: { kind: "report", id: report.id } });
  const read = await readShared(link, null, now);
  if (read.kind !== "report") return expect.fail(read.kind);
  expect([read.title, read.body]).toEqual(["Study", body]);
  expect(read.fits.map(({ id, runs }) => [id, runs > 0])).toEqual([[ids.fitId, true]]);
  expect(JSON.stringify(read.fits)).toContain('"runIds":[]');
  expect(JSON.stringify(read.fits)).not.toMatch(/"runIds":\["/);
  // It shows the text as it is when it is read.
  const { updatedAt } = await getReport(p.alice, { id: report.id });
  await saveReport(p.alice, { id: report.id, title: "Study 2", body: "", basedOn: updatedAt });
  expect(await readShared(link, null, now)).toMatchObject({ title: "Study 2", fits: [] });
});

test.each([
  ["a law of rates, with why a run was taken out", "power-free"],
  // Where every run is alone in its curve, each of its points is one run's.
  ["a law of losses", "chinchilla"],
] as const)("%s is shared without any run of it", async (_, form) => {
  const { slug } = await sweepIn(p.alice);
  await recordedRuns(p.alice, slug);
  const { sql } = p.alice;
  if (form === "chinchilla")
    await sql`
      update runs set peak_lr = 0.01, batch_seqs = 8, state = 'finished', diverged = false, final_loss = 2 + tokens / 1e7,
        params_non_embedding = 1000 * (1 + tokens / 131072), params_total = null, params_active = null, width = null
      where project_id = (select id from projects where slug = ${slug})`;
  const known = await sql<{ id: string }[]>`
    select r.id from runs r join projects p on p.id = r.project_id where p.slug = ${slug}`;
  const { id: out } = known[0]!;
  const settings = { form, excludedRunIds: [out], exclusionReasons: { [out]: "a word for the team" } };
  const fit = await saveFit(p.alice, { project: slug, name: "Law", settings });
  const made = await createReport(p.alice, { project: slug, title: "Study" });
  const { updatedAt } = await getReport(p.alice, made);
  const body = chartBlock({ fit: fit.id });
  await saveReport(p.alice, { id: made.id, title: "Study", body, basedOn: updatedAt });
  const text = JSON.stringify(
    await readShared(await createSharedLink(p.alice, { of: { kind: "report", id: made.id } }), null, now),
  );
  expect(text).toContain(fit.id);
  expect(known.filter(({ id }) => text.includes(id))).toEqual([]);
  expect(text).not.toContain("a word for the team");
});

test("a chart of runs as they are now stands in a shared report without its settings", async () => {
  const made = await createReport(p.alice, { project: ids.project, title: "Study" });
  const { updatedAt } = await getReport(p.alice, made);
  const live = { excludedRunIds: [ids.runId], exclusionReasons: { [ids.runId]: "a word for the team" } };
  const body = `Before.\n\n${chartBlock({ live, chart: "map" })}\nAfter.\n\n${chartBlock({ fit: ids.fitId })}`;
  await saveReport(p.alice, { id: made.id, title: "Study", body, basedOn: updatedAt });
  const link = await createSharedLink(p.alice, { of: { kind: "report", id: made.id } });
  const read = await readShared(link, null, now);
  const shown = `Before.\n\n${chartBlock({ live: {}, chart: "map" })}\nAfter.\n\n${chartBlock({ fit: ids.fitId })}`;
  expect(read).toMatchObject({ body: shown });
});

test("a recommendation is read without any run", async () => {
  const text = JSON.stringify(await readShared(await createSharedLink(p.alice, { of: advice() }), null, now));
  const known = await p.alice.sql<{ id: string }[]>`select id from runs`;
  expect(known.filter(({ id }) => text.includes(id))).toEqual([]);
});

test("a report is not saved over a text of a time that never comes", async () => {
  const { id } = await createReport(p.alice, { project: ids.project, title: "Study" });
  const saved = saveReport(p.alice, { id, title: "Study", body: "", basedOn: new Date(8.64e15) });
  await expect(saved).rejects.toThrow(/Too big/);
});

test("an address from before links had an end goes on", async () => {
  const { url, drop } = await cloneDatabase("template0");
  try {
    await migrateTo({ url }, (await migrationTags()).indexOf("0025_shared_links"));
    const { sql, close } = connect({ url }, { max: 1 });
    const [team, project, id, fit] = Array.from({ length: 4 }, () => crypto.randomUUID());
    await sql`insert into teams (id, slug, name) values (${team!}, 't', 'T')`;
    await sql`insert into projects (id, team_id, slug, name) values (${project!}, ${team!}, 'p', 'P')`;
    await sql`set session_replication_role = replica`;
    await sql`
      insert into recommendations (id, team_id, project_id, fit_id, title, target, result, public_key)
      values (${id!}, ${team!}, ${project!}, ${fit!}, 'r', '{}', '{}', 'old-key'),
        (${crypto.randomUUID()}, ${team!}, ${project!}, ${fit!}, 'no', '{}', '{}', null)`;
    await migrate({ url });
    const links = await sql`select recommendation_id, key, people, expires_at from shared_links`;
    expect([...links]).toEqual([{ recommendation_id: id, key: "old-key", people: null, expires_at: null }]);
    await close();
  } finally {
    await drop();
  }
});

test("what is said about a report is the team's: no link shows it", async () => {
  const { id } = await createReport(p.alice, { project: ids.project, title: "Discussed" });
  for (const body of ["first", "second"]) await commentOnReport(p.alice, { id, body });
  const said = await reportCommentsOf(p.alice, { id });
  expect(said.map((c) => [c.body, c.author])).toEqual([
    ["first", "Owner"],
    ["second", "Owner"],
  ]);
  const link = await createSharedLink(p.alice, { of: { kind: "report", id } });
  expect(JSON.stringify(await readShared(link, null, now))).not.toContain("second");
  await expect(commentOnReport(p.alice, { id, body: "  " })).rejects.toThrow("write something");
});
