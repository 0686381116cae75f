import { beforeAll, expect, test } from "vitest";
import { createRunSchema, finishRunSchema } from "@/lib/protocol";
import { saveFit } from "@/server/services/fit";
import { createProject } from "@/server/services/project";
import {
  createRecommendation,
  getRecommendation,
  publishRecommendation,
  setOutcome,
} from "@/server/services/recommendation";
import { createRun, finishRun, runPoints } from "@/server/services/run";
import { createSharedLink, readShared } from "@/server/services/share";
import { lawIn } from "./law";
import { product } from "./product";

const p = product();
const near = { batchSeqs: 8, seqLen: 64, tokens: 2e6, width: 64, baseWidth: 64, params: 93_696 };
const far = { batchSeqs: 512, seqLen: 4096, tokens: 1e10, width: 2048, baseWidth: 64 };
let fitId: string;

beforeAll(async () => {
  await createProject(p.alice, { name: "Law", slug: "law" });
  fitId = (await lawIn(p.alice, "law")).fitId;
});

const draft = async (target: typeof far, note = "") =>
  (await createRecommendation(p.alice, { fitId, title: "t", note, target })).id;

async function finishedRun(dimensions: Record<string, number | string>) {
  const { id } = await createRun(p.alice, createRunSchema.parse({ project: "law", dimensions }));
  await finishRun(p.alice, { ...finishRunSchema.parse({ state: "finished", finalLoss: 2 }), runId: id });
  return id;
}

test("advice far beyond its data is published with a reason only, and shows how far it is", async () => {
  const id = await draft(far);
  const { result } = await getRecommendation(p.alice, { id });
  const factor = (name: string) => result.distances!.find((d) => d.dimension === name)!.factor;
  expect([factor("width"), factor("tokens") > 9_000]).toEqual([32, true]);
  await expect(publishRecommendation(p.alice, { id })).rejects.toMatchObject({
    code: "invalid",
    message: /beyond the data in its tokens/,
  });
  await expect(publishRecommendation(p.alice, { id, reason: "  " })).rejects.toMatchObject({ code: "invalid" });
  await publishRecommendation(p.alice, { id, reason: "we have nothing better" });
  expect(await getRecommendation(p.alice, { id })).toMatchObject({
    state: "published",
    publishReason: "we have nothing better",
  });
});

test("what the other forms say is kept, on the page and on the public one; the note for the team is not public", async () => {
  const id = await draft(near, "for the team alone");
  await publishRecommendation(p.alice, { id });
  const { key } = await createSharedLink(p.alice, { of: { kind: "recommendation", id } });
  const shared = await readShared({ key }, null, new Date());
  if (shared.kind !== "recommendation") return expect.fail(shared.kind);
  expect(shared.result.forms!.map((f) => f.form)).toContain("step-law");
  expect((await getRecommendation(p.alice, { id })).result.forms).toEqual(shared.result.forms);
  expect(JSON.stringify(shared)).not.toContain("for the team alone");
});

test("an outcome is judged on a run of the target only", async () => {
  const id = await draft(far);
  const other = await finishedRun({ peakLr: 0.004, tokens: 1_048_576, batchSeqs: 8, seqLen: 64, width: 64 });
  await setOutcome(p.alice, { id, runId: other });
  const { outcome } = await getRecommendation(p.alice, { id });
  expect(outcome!.differs.map((d) => d.dimension)).toEqual(["tokens", "batch", "sequence length", "width"]);
  expect([outcome!.regretOfAdvice, outcome!.regretOfUsed, outcome!.offLog2]).toEqual([null, null, null]);
  const own = await finishedRun({ peakLr: 0.004, tokens: 1e10, batchSeqs: 512, seqLen: 4096, width: 2048 });
  await setOutcome(p.alice, { id, runId: own });
  expect((await getRecommendation(p.alice, { id })).outcome).toMatchObject({ differs: [], usedLr: 0.004 });
});

test("an outcome may come from another tracker: its address, rate and loss", async () => {
  const id = await draft(far);
  const elsewhere = { address: "https://wandb.ai/team/project/runs/abc", peakLr: 0.001, loss: 2.25 };
  await setOutcome(p.alice, { id, elsewhere, note: "trained in May" });
  expect((await getRecommendation(p.alice, { id })).outcome).toMatchObject({
    address: elsewhere.address,
    run: null,
    usedLr: 0.001,
    loss: 2.25,
    note: "trained in May",
  });
  await setOutcome(p.alice, { id, runId: null });
  expect((await getRecommendation(p.alice, { id })).outcome).toBeNull();
  const bad = { address: "javascript:alert(1)" };
  await expect(setOutcome(p.alice, { id, elsewhere: bad })).rejects.toThrow(/begins with http/);
});

test("two drafts for one target that are published at once leave one published", async () => {
  const ids = [await draft(near), await draft(near)];
  await Promise.all(ids.map((id) => publishRecommendation(p.alice, { id })));
  const states = await Promise.all(ids.map(async (id) => (await getRecommendation(p.alice, { id })).state));
  expect(states.sort()).toEqual(["published", "superseded"]);
});

test("the base width of muP has no default: it is that of the runs, or asked for", async () => {
  const { baseWidth: _, ...silent } = near;
  const made = createRecommendation(p.alice, { fitId, title: "t", target: silent });
  await expect(made).rejects.toMatchObject({ code: "invalid", issues: [{ field: "target.baseWidth" }] });
  const standard = { ...silent, parametrization: "standard" as const };
  await createRecommendation(p.alice, { fitId, title: "t", target: standard });
});

test("a law of the best batch makes no recommendation for another one", async () => {
  const law = await saveFit(p.alice, { project: "law", name: "Step law", settings: { form: "step-law" } });
  const make = (batchSeqs: number) =>
    createRecommendation(p.alice, { fitId: law.id, title: "t", target: { ...near, batchSeqs } });
  await expect(make(1024)).rejects.toMatchObject({ code: "invalid", message: /holds at the best batch alone/ });
  const { result } = await getRecommendation(p.alice, { id: (await make(4)).id });
  expect(result.wsd!.peakLr).toBeGreaterThan(0);
});

test("a power schedule is judged by its loss beside the WSD runs that differ in nothing else", async () => {
  const target = { ...near, tokens: 1_048_576, depth: 2, schedule: "power" as const };
  const { id } = await createRecommendation(p.alice, { fitId, title: "t", target });
  const of = (await runPoints(p.alice, { project: "law" })).find(
    (r) => r.width === 64 && r.tokens === 1_048_576 && r.batchSeqs === 8 && r.paramsNonEmbedding !== null,
  )!;
  const { width, depth, paramsTotal, paramsNonEmbedding, paramsActive, architecture, parametrization, data } = of;
  const runId = await finishedRun({
    ...{ peakLr: 0.02, tokens: 1_048_576, batchSeqs: 8, seqLen: 64, schedule: "power" },
    ...{ width: width!, depth: depth!, paramsTotal: paramsTotal!, paramsNonEmbedding: paramsNonEmbedding! },
    scheduleShape: "a 0.4 b -0.35 10% exp",
    ...{ paramsActive: paramsActive!, architecture, parametrization, data: data! },
  });
  await setOutcome(p.alice, { id, runId });
  const { outcome } = await getRecommendation(p.alice, { id });
  expect(outcome).toMatchObject({ schedule: "power", differs: [], usedLr: 0.02, regretOfAdvice: null });
  expect(outcome!.wsd).toMatchObject({ lr: 0.004 });
  expect(outcome!.sentence).toMatch(/That is \d+\.\d\d% above the best of the WSD runs/);
});

test("the history says who did what, and compares each with the one before it", async () => {
  const ids = [await draft(near), await draft(near), await draft(near)];
  for (const id of ids) await publishRecommendation(p.alice, { id });
  const { replaces, changes } = await getRecommendation(p.alice, { id: ids[2]! });
  // Those that the tests before have published for this target come after them.
  expect(replaces.slice(0, 2).map(({ id }) => id)).toEqual([ids[1], ids[0]]);
  expect(changes.map(({ what, by }) => [what, by])).toEqual([
    ["create", "owner"],
    ["publish", "owner"],
  ]);
});
