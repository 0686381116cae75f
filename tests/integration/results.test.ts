import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { auditLog, fits, runs } from "@/db/schema";
import { createRunSchema, finishRunSchema } from "@/lib/protocol";
import { get as getByHttp } from "@/server/http/native/recommendations";
import { exportAll } from "@/server/http/native/runs";
import { revokeApiKey } from "@/server/services/api-key";
import { getFit, listFits, saveFit } from "@/server/services/fit";
import { createProject, updateProject } from "@/server/services/project";
import {
  createRecommendation,
  getRecommendation,
  listRecommendations,
  publishRecommendation,
  withdrawRecommendation,
} from "@/server/services/recommendation";
import { createRun, finishRun, stopRun } from "@/server/services/run";
import { setSweepState } from "@/server/services/sweep";
import { parseCsv } from "../csv";
import { lawIn, recordedRuns } from "./law";
import { call, keyWith, product, sweepIn } from "./product";

const p = product();
let key: string;
let fitId: string;
const target = { batchSeqs: 8, seqLen: 64, tokens: 4e6, width: 64, baseWidth: 64, params: 93_696 };

beforeAll(async () => {
  key = await keyWith(p.alice, "read");
  await createProject(p.alice, { name: "Law", slug: "law" });
  fitId = (await lawIn(p.alice, "law")).fitId;
});

describe("the export", () => {
  const losses = [0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY];
  const names = ['a "quoted", name', "two\nlines", "comma, comma", "plain", "é", "x", "y"];

  beforeAll(async () => {
    await createProject(p.alice, { name: "Export", slug: "export" });
    for (const [i, loss] of losses.entries()) {
      const peakLr = 0.001 * 1.1 ** i;
      const body = { project: "export", name: names[i], dimensions: { peakLr, tokens: 131_072, batchSeqs: 8 } };
      const { id } = await createRun(p.alice, createRunSchema.parse(body));
      const finalLoss = Number.isFinite(loss) ? loss : String(loss);
      await finishRun(p.alice, { ...finishRunSchema.parse({ state: "finished", finalLoss }), runId: id });
    }
  });

  test("as CSV gives every run back, bit for bit", async () => {
    const answer = await call(exportAll, { key, query: "?project=export&format=csv" });
    expect(answer.status).toBe(200);
    const [columns, ...rows] = parseCsv(answer.text);
    const records = rows.map((cells) => Object.fromEntries(columns!.map((c, i) => [c, cells[i]!])));
    expect(records).toHaveLength(losses.length);
    const stored = await p.alice.db.select().from(runs);
    for (const [i, name] of names.entries()) {
      const record = records.find((r) => r.name === name)!;
      const row = stored.find((r) => r.id === record.id)!;
      expect(Object.is(Number(record.finalLoss), losses[i])).toBe(true);
      expect(Object.is(row.finalLoss, losses[i])).toBe(true);
      expect(Number(record.peakLr)).toBe(row.peakLr);
      expect(record.diverged).toBe(String(!Number.isFinite(losses[i])));
      expect(new Date(record.createdAt!).getTime()).toBe(row.createdAt.getTime());
      expect([record.seed, record.width]).toEqual(["", ""]);
    }
  });

  test("as JSON lines says the same", async () => {
    const { text } = await call(exportAll, { key, query: "?project=export&format=jsonl" });
    const records = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(records.map((r) => Number(r.finalLoss)).sort()).toEqual([...losses].sort());
  });

  test("refuses an unknown format by name", async () => {
    const answer = await call(exportAll, { key, query: "?project=export&format=xml" });
    expect([answer.status, answer.body.error.message]).toEqual([422, 'format "xml" is unknown; use csv or jsonl']);
  });
});

describe("a stored fit", () => {
  test("reads back as it was written and is reproduced from its runs", async () => {
    const fit = await getFit(p.alice, { id: fitId });
    expect(fit.reproduced).toBe(true);
    expect(fit.since.arrived).toBe(0);
    expect(fit.author).toBe("Owner");
    expect(fit.result.runIds).toHaveLength(240);
    const [row] = await p.alice.db.select().from(fits).where(eq(fits.id, fitId));
    expect(JSON.stringify(row!.result)).toBe(JSON.stringify(fit.result));
    expect(row!.inputHash).toBe(fit.result.inputHash);
  });

  test("stays what it is when runs are added; a new one has them", async () => {
    await createProject(p.alice, { name: "Growing", slug: "growing" });
    const old = await lawIn(p.alice, "growing");
    const before = await getFit(p.alice, { id: old.fitId });
    await recordedRuns(p.alice, "growing");
    const after = await getFit(p.alice, { id: old.fitId });
    expect(JSON.stringify(after.result)).toBe(JSON.stringify(before.result));
    expect([after.reproduced, after.since.arrived]).toEqual([true, 240]);
    const again = await saveFit(p.alice, { project: "growing", name: "again", settings: {} });
    expect((await getFit(p.alice, { id: again.id })).result.runIds).toHaveLength(480);
    const names = (await listFits(p.alice, { project: "growing" })).map((f) => [f.name, f.runs]);
    expect(names).toEqual([
      ["again", 480],
      ["Law", 240],
    ]);
  });

  test("leaves excluded runs out", async () => {
    const { result } = await getFit(p.alice, { id: fitId });
    const excludedRunIds = result.runIds.slice(0, 6);
    const made = await saveFit(p.alice, { project: "law", name: "without six", settings: { excludedRunIds } });
    const fit = await getFit(p.alice, { id: made.id });
    expect(fit.result.runIds).toEqual(result.runIds.slice(6));
    expect([fit.since.arrived, fit.reproduced]).toEqual([0, true]);
    expect(fit.result.inputHash).not.toBe(result.inputHash);
  });

  test("needs runs that determine a law", async () => {
    await createProject(p.alice, { name: "Empty", slug: "empty" });
    const save = saveFit(p.alice, { project: "empty", name: "nothing", settings: {} });
    await expect(save).rejects.toMatchObject({ code: "invalid", message: /do not determine a law/ });
  });
});

describe("a recommendation", () => {
  const draft = async (title: string) => (await createRecommendation(p.alice, { fitId, title, target })).id;
  const byKey = (id: string) => call(getByHttp, { key, id });

  test("goes from draft to published to superseded, and the API says which", async () => {
    const [first, second] = [await draft("first"), await draft("second")];
    expect((await byKey(first)).status).toBe(404);
    await publishRecommendation(p.alice, { id: first });
    const read = await byKey(first);
    expect(read.status).toBe(200);
    expect(read.body).toMatchObject({
      id: first,
      state: "published",
      title: "first",
      supersededBy: null,
      project: "law",
    });
    expect(read.body.result.wsd.peakLr).toBeGreaterThan(0);
    expect(read.body.fit.id).toBe(fitId);
    await publishRecommendation(p.alice, { id: second });
    expect((await byKey(first)).body).toMatchObject({ state: "superseded", supersededBy: second });
    expect((await byKey(second)).body.state).toBe("published");
    await expect(publishRecommendation(p.alice, { id: second })).rejects.toMatchObject({ code: "conflict" });
    const listed = await listRecommendations(p.alice, { project: "law" });
    expect(listed.find((r) => r.id === second)!.lr).toBe(
      read.body.result.schedule?.peakLr ?? read.body.result.wsd.peakLr,
    );
  });

  test("for another target supersedes nothing", async () => {
    const first = await draft("for 4M tokens");
    const other = await createRecommendation(p.alice, { fitId, title: "8M", target: { ...target, tokens: 8e6 } });
    await publishRecommendation(p.alice, { id: first });
    await publishRecommendation(p.alice, { id: other.id });
    expect((await getRecommendation(p.alice, { id: first })).state).toBe("published");
  });

  test("that is withdrawn stays readable as such", async () => {
    const id = await draft("wrong");
    await publishRecommendation(p.alice, { id });
    await withdrawRecommendation(p.alice, { id, reason: "wrong data" });
    expect((await byKey(id)).body.state).toBe("withdrawn");
    const again = withdrawRecommendation(p.alice, { id, reason: "" });
    await expect(again).rejects.toMatchObject({ code: "conflict" });
    await expect(publishRecommendation(p.alice, { id })).rejects.toMatchObject({ code: "conflict" });
  });

  test("carries the transfer check of the law on its largest size", async () => {
    const { transfer } = await getRecommendation(p.alice, { id: await draft("checked") });
    expect(transfer).toHaveLength(1);
    expect(["pass", "warn", "fail", "inconclusive"]).toContain(transfer[0]!.verdict);
    expect(transfer[0]!.sentence.length).toBeGreaterThan(20);
  });
});

test("what people change is in the audit log, with who did it", async () => {
  const { sweepId } = await sweepIn(p.alice);
  const [run] = await p.alice.db.select().from(runs).where(eq(runs.sweepId, sweepId));
  await stopRun(p.alice, { id: run!.id });
  await setSweepState(p.alice, { id: sweepId, to: "paused" });
  await updateProject(p.alice, { slug: "law", question: "Why?" });
  const made = await p.alice.api.apiKey.create({ team: p.alice.team, key: { name: "k", scopes: ["read"] } });
  await revokeApiKey(p.alice, { id: made.id });
  const rows = await p.alice.db.select().from(auditLog);
  const actions = new Map(rows.map((r) => [`${r.action} ${r.subject}`, r]));
  for (const entry of [
    `run.stop ${run!.id}`,
    `sweep.create ${sweepId}`,
    `sweep.paused ${sweepId}`,
    `api-key.create ${made.id}`,
    `api-key.revoke ${made.id}`,
    `fit.save ${fitId}`,
  ]) {
    expect(actions.get(entry)).toMatchObject({ teamId: p.alice.teamId, actor: `user:${p.alice.userId}` });
  }
  const kinds = new Set(rows.map((r) => r.action));
  for (const action of [
    "project.create",
    "project.update",
    "recommendation.create",
    "recommendation.publish",
    "recommendation.withdraw",
  ]) {
    expect(kinds).toContain(action);
  }
});
