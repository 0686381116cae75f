import { and, eq } from "drizzle-orm";
import { beforeEach, describe, expect, test } from "vitest";
import { members, projects, recommendations, runs, sweeps } from "@/db/schema";
import type { Recommendation } from "@/lib/recommend";
import { failJob, finishJob, leaseJob } from "@/server/services/job";
import { appendMetrics } from "@/server/services/metric";
import { createProject } from "@/server/services/project";
import { createRecommendation, publishRecommendation } from "@/server/services/recommendation";
import { createMetricRule, removeMetricRule } from "@/server/services/rule";
import { checkDueProject } from "@/server/services/rule/checks";
import { tellCrossings } from "@/server/services/rule/crossings";
import { tellRatesOutside } from "@/server/services/rule/rates";
import { crashSilentRuns, tellStalledRuns } from "@/server/services/run/internal";
import { setSweepState } from "@/server/services/sweep";
import { setWatch } from "@/server/services/watch";
import { compactRun } from "@/server/store";
import { lawIn } from "./law";
import { colleague, type Person, product, sweepIn, workerOf } from "./product";
import { endRun, program, projectId, runOf, system, toldTo, watchProject } from "./told";

const p = product();
let bob: Person;
let slug: string;
let made = 0;

beforeEach(async () => {
  slug = `told-${++made}`;
  await createProject(p.alice, { name: slug, slug });
  bob = await colleague(p.alice, "viewer");
  await watchProject(bob, slug);
});

/** As two servers do it at the same time, and then one of them again. */
async function everywhere(look: () => Promise<unknown>): Promise<void> {
  await Promise.all([look(), look(), look()]);
  await look();
}

const points = (metric: string, values: number[], seq = 0) => ({
  ...{ writer: "w", seq, rewindTo: null },
  series: [
    {
      metric,
      steps: Float64Array.from(values, (_, i) => seq * 100 + i),
      tokens: null,
      times: null,
      values: Float64Array.from(values),
    },
  ],
});

describe("a run that failed", () => {
  test("is told once, with the first line of why, and again when it was resumed and failed anew", async () => {
    const id = await runOf(program(p.alice), slug, "first");
    await endRun(program(p.alice), id, { state: "crashed", error: "OutOfMemory: 80 GiB\n  at line 3" });
    await endRun(program(p.alice), id, { state: "failed", error: "said again" });
    expect(await toldTo(bob)).toEqual([["run-failed", "first", "failed: OutOfMemory: 80 GiB"]]);
    await runOf(program(p.alice), slug, "first");
    await endRun(program(p.alice), id, { state: "failed", error: "again" });
    expect((await toldTo(bob)).map(([, , words]) => words)).toEqual(["failed: OutOfMemory: 80 GiB", "failed: again"]);
  });

  test("is told by whoever watches the run, its sweep or its project, each once", async () => {
    const { slug: trained, sweepId } = await sweepIn(p.alice);
    const worker = await workerOf(p.alice);
    const job = (await leaseJob(p.alice, { workerId: worker }))!;
    const watching = await Promise.all([1, 2, 3, 4].map(() => colleague(p.alice, "viewer")));
    const [ofRun, ofSweep, ofProject, ofAll] = watching as [Person, Person, Person, Person];
    const [run] = job.runs;
    for (const who of [ofRun, ofAll]) await setWatch(who, { kind: "run", id: run!.id, watching: true });
    for (const who of [ofSweep, ofAll]) await setWatch(who, { kind: "sweep", id: sweepId, watching: true });
    for (const who of [ofProject, ofAll]) await watchProject(who, trained);
    const lease = { jobId: job.id, leaseId: job.leaseId };
    await failJob(p.alice, { ...lease, reason: "trainer refused", stderr: "", retry: false });
    const failed = (told: string[][]) => told.filter(([kind]) => kind === "run-failed").length;
    expect(failed(await toldTo(ofRun))).toBe(1);
    for (const who of [ofSweep, ofProject, ofAll]) expect(failed(await toldTo(who))).toBe(job.runs.length);
    expect((await toldTo(ofRun))[0]![2]).toBe("failed: trainer refused");
  });

  test("is not told to who ended it herself, nor to who has left, nor to another team", async () => {
    await watchProject(p.alice, slug);
    const left = await colleague(p.alice, "editor");
    await watchProject(left, slug);
    await p.alice.db.delete(members).where(and(eq(members.teamId, left.teamId), eq(members.userId, left.userId)));
    const id = await runOf(p.alice, slug, "by hand");
    await endRun(p.alice, id, { state: "failed" });
    expect(await toldTo(p.alice)).toEqual([]);
    expect(await toldTo(left)).toEqual([]);
    expect(await toldTo(p.mallory)).toEqual([]);
    expect(await toldTo(bob)).toEqual([["run-failed", "by hand", "failed"]]);
  });

  test("is told with a reason that is cut between characters", async () => {
    const id = await runOf(program(p.alice), slug, "long");
    await endRun(program(p.alice), id, { state: "failed", error: `${"x".repeat(299)}😀 and more` });
    expect(await toldTo(bob)).toEqual([["run-failed", "long", `failed: ${"x".repeat(299)}…`]]);
  });

  test("is not told where its end was not stored", async () => {
    const id = await runOf(program(p.alice), slug, "rolled back");
    const broken = { ...program(p.alice), now: () => new Date(Number.NaN) };
    await expect(endRun(broken, id, { state: "failed" })).rejects.toThrow();
    expect(await toldTo(bob)).toEqual([]);
  });
});

test("a run that diverged is told as that, and one that was canceled or finished is not", async () => {
  const ends = [
    { state: "finished", diverged: true, finalLoss: "NaN" },
    { state: "failed", diverged: true },
    { state: "finished", finalLoss: 2 },
    { state: "canceled" },
  ];
  for (const [i, end] of ends.entries())
    await endRun(program(p.alice), await runOf(program(p.alice), slug, `r${i}`), end);
  expect((await toldTo(bob)).map(([kind, title]) => [kind, title])).toEqual([
    ["run-diverged", "r0"],
    ["run-diverged", "r1"],
  ]);
});

describe("a run that stalled", () => {
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);

  test("lives by its heartbeats and sends no points: told once a standstill", async () => {
    const id = await runOf(program(p.alice), slug, "hung");
    await appendMetrics(program(p.alice), { runId: id, batch: points("loss", [1]) });
    await compactRun(p.alice.sql, id);
    const [stored] = await p.alice.db.select().from(runs).where(eq(runs.id, id));
    expect(Date.now() - stored!.lastPointsAt!.getTime()).toBeLessThan(60_000);
    await everywhere(() => tellStalledRuns(system(p.alice), 0));
    expect(await toldTo(bob)).toEqual([]);

    const set = { lastPointsAt: ago(31), startedAt: ago(60) };
    await p.alice.db.update(runs).set(set).where(eq(runs.id, id));
    await everywhere(() => tellStalledRuns(system(p.alice), 0));
    expect(await toldTo(bob)).toEqual([["run-stalled", "hung", "stalled: no points for 30 minutes"]]);
    await appendMetrics(program(p.alice), { runId: id, batch: points("loss", [1], 1) });
    await everywhere(() => tellStalledRuns(system(p.alice), 0));
    expect((await toldTo(bob)).length).toBe(1);
  });

  test("is not told while this server could not have heard of it", async () => {
    const id = await runOf(program(p.alice), slug, "unheard");
    await p.alice.db
      .update(runs)
      .set({ lastPointsAt: ago(50), startedAt: ago(60) })
      .where(eq(runs.id, id));
    await tellStalledRuns(system(p.alice), Date.now() - 60_000);
    expect(await toldTo(bob)).toEqual([]);
  });

  test("is told once where it is taken for dead in the end", async () => {
    const id = await runOf(program(p.alice), slug, "dead");
    const silent = {
      lastPointsAt: ago(40),
      startedAt: ago(60),
      createdAt: ago(60),
      updatedAt: ago(40),
      lastSeenAt: ago(40),
    };
    await p.alice.db.update(runs).set(silent).where(eq(runs.id, id));
    await tellStalledRuns(system(p.alice), 0);
    await everywhere(() => crashSilentRuns(system(p.alice), 0));
    expect(await toldTo(bob)).toEqual([["run-stalled", "dead", "stalled: no points for 30 minutes"]]);
  });
});

test("a metric that crosses a bound is told once a rule and run", async () => {
  const rule = await createMetricRule(p.alice, { project: slug, metric: "train/loss", comparison: "above", bound: 10 });
  await createMetricRule(p.alice, { project: slug, metric: "lr", comparison: "below", bound: 0.001 });
  const [hot, calm] = [await runOf(program(p.alice), slug, "hot"), await runOf(program(p.alice), slug, "calm")];
  const send = async (id: string, values: number[], seq: number) => {
    await appendMetrics(program(p.alice), { runId: id, batch: points("train/loss", values, seq) });
    await compactRun(p.alice.sql, id);
  };
  await send(hot, [3, 10], 0);
  await send(calm, [3, 9], 0);
  await everywhere(() => tellCrossings(system(p.alice)));
  expect(await toldTo(bob)).toEqual([]);
  await send(hot, [3, 10.5, 4], 1);
  await everywhere(() => tellCrossings(system(p.alice)));
  await send(hot, [20], 2);
  await everywhere(() => tellCrossings(system(p.alice)));
  expect(await toldTo(bob)).toEqual([["metric-crossed", "hot", "train/loss went above 10: 10.5 at step 101"]]);
  await removeMetricRule(p.alice, rule);
  await send(calm, [30], 3);
  await everywhere(() => tellCrossings(system(p.alice)));
  expect((await toldTo(bob)).length).toBe(1);
});

test("a run that had ended when the rule was made is not told of", async () => {
  const id = await runOf(program(p.alice), slug, "old");
  await appendMetrics(program(p.alice), { runId: id, batch: points("loss", [99]) });
  await compactRun(p.alice.sql, id);
  await endRun(program(p.alice), id, { state: "finished", finalLoss: 1 });
  await createMetricRule(p.alice, { project: slug, metric: "loss", comparison: "above", bound: 10 });
  await tellCrossings(system(p.alice));
  expect(await toldTo(bob)).toEqual([]);
});

test("a sweep that finished is told once, not to who ended it herself", async () => {
  const { slug: trained, sweepId } = await sweepIn(p.alice);
  for (const who of [bob, p.alice]) await watchProject(who, trained);
  const before = (await toldTo(p.alice)).length;
  const workerId = await workerOf(p.alice);
  const runsOf = async () => p.alice.db.select({ id: runs.id }).from(runs).where(eq(runs.sweepId, sweepId));
  const worker = {
    ...system(p.alice),
    actor: { ...program(p.alice).actor, scopes: ["work" as const] },
  } as typeof p.alice;
  for (let job = await leaseJob(p.alice, { workerId }); job; job = await leaseJob(p.alice, { workerId })) {
    for (const { id } of job.runs) await endRun(system(p.alice), id, { state: "finished", finalLoss: 3 });
    await finishJob(worker, { jobId: job.id, leaseId: job.leaseId });
  }
  const [sweep] = await p.alice.db.select().from(sweeps).where(eq(sweeps.id, sweepId));
  expect(sweep!.state).toBe("finished");
  const n = (await runsOf()).length;
  const words = `is finished: ${n} of ${n} runs have a result`;
  expect((await toldTo(bob)).filter(([kind]) => kind === "sweep-finished")).toEqual([
    ["sweep-finished", "sweep", words],
  ]);
  expect((await toldTo(p.alice)).length).toBe(before + 1);

  const own = await sweepIn(p.alice);
  await watchProject(p.alice, own.slug);
  await setSweepState(p.alice, { id: own.sweepId, to: "paused" });
  await p.alice.sql`update jobs set state = 'finished' where sweep_id = ${own.sweepId}`;
  await setSweepState(p.alice, { id: own.sweepId, to: "running" });
  const [ended] = await p.alice.db.select().from(sweeps).where(eq(sweeps.id, own.sweepId));
  expect(ended!.state).toBe("finished");
  expect((await toldTo(p.alice)).length).toBe(before + 1);
});

describe("results are looked at after they changed", () => {
  const dims = { width: 64, depth: 2, batchSeqs: 8, seqLen: 64, tokens: 1e6, schedule: "wsd", paramsNonEmbedding: 9e4 };
  const tried = async (losses: [rate: number, loss: number | null][]) => {
    for (const [peakLr, finalLoss] of losses) {
      const id = await runOf(program(p.alice), slug, `rate ${peakLr}`, { ...dims, peakLr });
      if (finalLoss !== null) await endRun(program(p.alice), id, { state: "finished", finalLoss });
    }
  };
  /** As after the pause between two looks. */
  const checkAll = async () => {
    await p.alice.sql`update project_checks set checked_at = null, leased_until = null`;
    await everywhere(async () => {
      while (await checkDueProject(system(p.alice)));
    });
  };

  test("an optimum at the edge of its grid is told once its curve is finished", async () => {
    await tried([
      [0.001, 3],
      [0.002, 2.9],
      [0.004, 2.8],
      [0.008, null],
    ]);
    await checkAll();
    expect(await toldTo(bob)).toEqual([]);
    await endRun(program(p.alice), await runOf(program(p.alice), slug, "rate 0.008"), {
      state: "finished",
      finalLoss: 2.7,
    });
    await checkAll();
    await p.alice.sql`update project_checks set asked_at = now()`;
    await checkAll();
    const words = "the best rate of 1 of 1 curves is the first or last of its grid: 1 at the highest rate";
    expect(await toldTo(bob)).toEqual([["optimum-at-edge", slug, words]]);
  });

  test("one inside its grid is not", async () => {
    await tried([
      [0.001, 3],
      [0.002, 2.7],
      [0.004, 2.8],
    ]);
    await checkAll();
    expect(await toldTo(bob)).toEqual([]);
  });

  test("a finished sweep tells of all its curves at once", async () => {
    const { slug: trained, sweepId } = await sweepIn(p.alice, {
      batches: [{ batchSeqs: 8, learningRates: [0.001, 0.002, 0.004] }],
    });
    await watchProject(bob, trained);
    const workerId = await workerOf(p.alice);
    for (let job = await leaseJob(p.alice, { workerId }); job; job = await leaseJob(p.alice, { workerId })) {
      for (const { id } of job.runs) {
        const [run] = await p.alice.db.select().from(runs).where(eq(runs.id, id));
        await endRun(system(p.alice), id, { state: "finished", finalLoss: 3 + Math.log(run!.peakLr!) / -100 });
      }
      await finishJob(system(p.alice), { jobId: job.id, leaseId: job.leaseId });
    }
    await checkAll();
    const edge = (await toldTo(bob)).filter(([kind]) => kind === "optimum-at-edge");
    expect(edge).toEqual([
      [
        "optimum-at-edge",
        "sweep",
        "the best rate of 2 of 2 curves is the first or last of its grid: 2 at the highest rate",
      ],
    ]);
    expect(sweepId).toBeTruthy();
  });

  const target = { batchSeqs: 8, seqLen: 64, tokens: 1e6, width: 64, baseWidth: 64, params: 93_696 };
  const published = async () => {
    const { fitId } = await lawIn(p.alice, slug);
    const { id } = await createRecommendation(p.alice, { fitId, title: "Advice", target });
    await publishRecommendation(p.alice, { id });
    const [row] = await p.alice.db.select().from(recommendations).where(eq(recommendations.id, id));
    return { id, result: row!.result as Recommendation };
  };
  const ofKind = async (kind: string) => (await toldTo(bob)).filter(([k]) => k === kind);

  test("a law that moved by more than its published interval is told once to each side", async () => {
    await published();
    await checkAll();
    expect(await ofKind("law-moved")).toEqual([]);
    const scaleBy = (factor: number) =>
      p.alice
        .sql`update runs set peak_lr = peak_lr * ${factor}::float8 where project_id = (select id from projects where slug = ${slug})`;
    const again = () => p.alice.sql`update project_checks set asked_at = now()`;
    await scaleBy(8);
    await again();
    await checkAll();
    await again();
    await checkAll();
    expect((await ofKind("law-moved")).length).toBe(1);
    const [[, title, words]] = (await ofKind("law-moved")) as [[string, string, string]];
    expect(title).toBe("Advice");
    expect(words).toContain("outside the interval published with");
    await scaleBy(1 / 64);
    await again();
    await checkAll();
    expect((await ofKind("law-moved")).length).toBe(2);
  }, 120_000);

  test("a run for the target with a rate outside the published plateau is told once, others are not", async () => {
    const { result } = await published();
    const { plateau, peakLr } = result.wsd!;
    const like = { ...target, params: undefined, baseWidth: undefined, schedule: "wsd", paramsNonEmbedding: 93_696 };
    const { params: _, baseWidth: __, ...runDims } = like;
    await runOf(program(p.alice), slug, "inside", { ...runDims, peakLr });
    await runOf(program(p.alice), slug, "too hot", { ...runDims, peakLr: plateau!.high * 1.5 });
    await runOf(program(p.alice), slug, "longer", { ...runDims, tokens: 5e6, peakLr: plateau!.high * 1.5 });
    await runOf(program(p.alice), slug, "says no batch", { tokens: 1e6, width: 64, peakLr: plateau!.high * 1.5 });
    const early = await runOf(program(p.alice), slug, "before", { ...runDims, peakLr: plateau!.low / 2 });
    await p.alice.db
      .update(runs)
      .set({ createdAt: new Date(Date.now() - 3_600_000) })
      .where(eq(runs.id, early));
    await everywhere(() => tellRatesOutside(system(p.alice)));
    const told = await ofKind("rate-outside-plateau");
    expect(told.map(([, title]) => title)).toEqual(["too hot"]);
    expect(told[0]![2]).toContain("outside the plateau of “Advice”");
  }, 120_000);

  test("a project is looked at by one server at a time, and not again before the pause is over", async () => {
    await p.alice.sql`update project_checks set asked_at = null`;
    await tried([[0.001, 3]]);
    const looked = await Promise.all([1, 2, 3].map(() => checkDueProject(system(p.alice))));
    expect(looked.filter(Boolean).length).toBe(1);
    await tried([[0.002, 3]]);
    expect(await checkDueProject(system(p.alice))).toBe(false);
    await p.alice.sql`update project_checks set checked_at = now() - interval '61 s' where asked_at is not null`;
    expect(await checkDueProject(system(p.alice))).toBe(true);
    expect(await projectId(p.alice, slug)).toBeTruthy();
    expect((await p.alice.db.select().from(projects)).length).toBeGreaterThan(0);
  });
});
