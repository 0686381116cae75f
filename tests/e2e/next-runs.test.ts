import type { Page } from "playwright-core";
import type postgres from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { plantedRuns, quickstartDesign } from "@/lib/simulate";
import { PRESETS } from "@/lib/sweep";
import { type Api, signIn } from "./api";
import { overflow } from "./browser";
import { database, type Etalon } from "./etalon";
import { fill } from "./filled";
import { signedIn } from "./signed-in";

/** Which runs next: from finished runs to queued ones, and before the first run a plan for a budget. */

let etalon: Etalon;
let page: Page;
let api: Api;
let sql: postgres.Sql;
let sweepId: string;

const product = signedIn("next runs", async (filled) => {
  ({ etalon } = filled);
  ({ api } = await fill(etalon));
  sql = await database(filled.dataDir);
  await api.project.create.mutate({ team: "team", project: { name: "Next", slug: "next" } });
  sweepId = await trainedSweep();
});
beforeAll(() => {
  page = product.page;
});
afterAll(() => sql?.end());

/** A sweep whose runs have the losses of a made-up surface. */
async function trainedSweep(): Promise<string> {
  const { space } = PRESETS.find((p) => p.name === "quickstart-short")!;
  const { id } = await (await signIn(etalon)).sweep.create.mutate({
    team: "team",
    sweep: { project: "next", name: "Planted", space },
  });
  const rows = await sql<{ id: string; n: number; b: number; t: number; lr: number }[]>`
    select id, params_non_embedding as n, batch_seqs as b, tokens as t, peak_lr as lr from runs where sweep_id = ${id}`;
  const places = rows.map((r) => ({ params: r.n, batchSeqs: Number(r.b), tokens: r.t, peakLr: r.lr, seed: 2 }));
  const losses = plantedRuns(quickstartDesign, 7, places).map((run) => run.finalLoss!);
  await sql`
    update runs set state = 'finished', finished_at = now(), final_loss = planted.loss
    from unnest(${rows.map((r) => r.id)}::uuid[], ${losses}::float8[]) as planted(id, loss) where runs.id = planted.id`;
  await sql`update jobs set state = 'finished', finished_at = now() where sweep_id = ${id}`;
  await sql`update sweeps set state = 'finished', finished_at = now() where id = ${id}`;
  return id;
}

const next = (project: string, query: Record<string, string>) =>
  `${etalon.url}/team/${project}/fits/next?${new URLSearchParams(query)}`;
const queued = () =>
  sql<{ lr: number; tokens: number; width: number; seed: string }[]>`
    select peak_lr as lr, tokens, width, seed from runs where sweep_id = ${sweepId} and state = 'queued'`;
const rows = () => page.getByRole("region", { name: "Proposed runs" }).locator("tbody tr");
const sized = JSON.stringify({ form: "power-free-size" });

describe("runs for a target and a budget", () => {
  test("are proposed from the lab, with a sentence and what they are worth; target and budget live in the address", async () => {
    await page.goto(`${etalon.url}/team/next/fits?fit=${encodeURIComponent(sized)}`);
    await page.getByRole("link", { name: "Which runs next?" }).click();
    await page.getByRole("heading", { name: "Which runs next", level: 1 }).waitFor();
    await page.getByLabel("Training tokens").fill("64Mi");
    await page.getByLabel(/^Batch/).fill("64");
    await page.getByLabel(/^Parameters/).fill("1M");
    await page.getByLabel("Budget in tokens to train").fill("6Mi");
    await page.getByText(/^For a token, .* is worth most/).waitFor();
    await expect.poll(() => rows().count()).toBeGreaterThan(1);
    await expect.poll(() => new URL(page.url()).searchParams.get("tokens")).toBe("64Mi");
    const first = await rows().first().innerText();
    const address = page.url();
    await page.reload();
    await expect.poll(() => rows().first().innerText()).toBe(first);
    expect(page.url()).toBe(address);
    expect(new URL(address).searchParams.get("budget")).toBe("6Mi");
  });

  test("say what is wrong with a field, and which budget would do", async () => {
    await page.goto(next("next", { fit: sized, tokens: "many", batchSeqs: "64", params: "1M", budget: "6Mi" }));
    await page.getByText('"many" is not a number such as 10B').waitFor();
    await page.getByLabel("Training tokens").fill("64Mi");
    await page.getByLabel("Budget in tokens to train").fill("1k");
    await page.getByText("pays for no curve: the cheapest one costs 416Ki").waitFor();
    await page.goto(next("next", { fit: JSON.stringify({ form: "step-law" }) }));
    await page.getByRole("heading", { name: "This form knows no batch" }).waitFor();
    await page.getByRole("button", { name: "Take power-free" }).click();
    await page.getByText(/^For a token/).waitFor();
  });

  test("are queued after their cost was confirmed, exactly those, and only once", async () => {
    await page.goto(next("next", { fit: sized, tokens: "64Mi", batchSeqs: "64", params: "1M", budget: "6Mi" }));
    const button = page.getByRole("button", { name: /^Queue \d+ runs$/ });
    await page
      .locator("main span.num")
      .filter({ hasText: /^\d+ runs, .* tokens, no worker online/ })
      .waitFor();
    const curves = await rows().allInnerTexts();
    expect(await queued()).toEqual([]);
    await button.click();
    const dialog = page.getByRole("dialog", { name: /^Queue \d+ runs\?$/ });
    await dialog.getByText(/runs, .* tokens, .* in the sweep “Planted”/).waitFor();
    await dialog.getByRole("button", { name: "Queue them" }).click();
    // What was queued is counted, and the list says what comes after it.
    await page.getByText(/^\d+ runs of this project are queued or running, counted here as if finished\.$/).waitFor();
    await page.getByText("After those under way").waitFor();
    await page
      .getByRole("status")
      .getByText(/^\d+ runs queued in Planted\. The list says what comes after/)
      .waitFor();
    const stored = await queued();
    expect(stored.length).toBe(3 * curves.length);
    for (const text of curves) {
      const [rates] = text.split("\t");
      for (const rate of rates!.split(", "))
        expect(stored.some((r) => Math.abs(r.lr / Number(rate) - 1) < 0.01)).toBe(true);
    }
    await page.getByRole("status").getByRole("link", { name: "Planted" }).click();
    await page.getByRole("heading", { name: "Planted" }).waitFor();
    await expect.poll(() => page.getByText(/queued/).count()).toBeGreaterThan(0);
    expect((await api.sweep.get.query({ team: "team", id: sweepId })).progress.queued).toBe(stored.length);
  });
});

test("runs that came from elsewhere are proposed as a list to copy, without a button", async () => {
  await product.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(next("filled", { tokens: "16Mi", batchSeqs: "64", budget: "20M" }));
  await page.getByText("came from elsewhere").waitFor();
  expect(await page.getByRole("button", { name: /^Queue/ }).count()).toBe(0);
  await page.getByRole("button", { name: "Copy as CSV" }).click();
  const [header, first] = (await page.evaluate(() => navigator.clipboard.readText())).split("\n");
  expect(header).toBe("peakLr,batchSeqs,tokens,paramsTotal,seed");
  expect(
    first!
      .split(",")
      .map(Number)
      .every((v) => v > 0),
  ).toBe(true);
});

test("a recommendation and a saved fit lead there, the one with its target", async () => {
  const list = await api.recommendation.list.query({ team: "team", project: "filled" });
  const near = list.find((r) => r.title === "Near")!;
  await page.goto(`${etalon.url}/team/filled/recommendations/${near.id}`);
  await page.getByRole("link", { name: "Which runs next?" }).click();
  await expect.poll(() => page.getByLabel("Training tokens").inputValue()).toBe("2097152");
  const [fit] = await api.fit.list.query({ team: "team", project: "filled" });
  await page.goto(`${etalon.url}/team/filled/fits/${fit!.id}`);
  await page.getByRole("link", { name: "Which runs next?" }).click();
  await page.getByText(/^For a token/).waitFor();
});

test("a project without runs says where they come from", async () => {
  await api.project.create.mutate({ team: "team", project: { name: "Bare", slug: "bare" } });
  await page.goto(next("bare", {}));
  await page.getByRole("heading", { name: "No runs yet" }).waitFor();
  await page.getByRole("link", { name: "New sweep" }).waitFor();
});

test("before the first run: a plan for a budget, with its precision, fills the form that queues it", async () => {
  await page.goto(`${etalon.url}/team/bare/sweeps/new`);
  const budget = page.getByLabel("Budget in tokens to train");
  await budget.fill("1k");
  await page.getByRole("button", { name: "Suggest axes" }).click();
  await page.getByText(/pay for no grid: the least for this target costs/).waitFor();
  await budget.fill("40M");
  await page.getByRole("button", { name: "Suggest axes" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Suggest axes" }).click();
  const words = page.locator("[data-plan]");
  await words.waitFor({ timeout: 120_000 });
  expect(await words.innerText()).toMatch(/to a factor of [\d.]+ each way .* In \d+ of \d+ made-up sweeps/s);
  const plan = page.getByRole("region", { name: "Plans" }).locator("tbody tr").first();
  const [, , , tokens, , , runs] = (await plan.innerText()).split("\t").map((cell) => cell.trim());
  await plan.getByRole("button", { name: "fill in" }).click();
  await page.getByText(`Token counts (${tokens})`).waitFor();
  await page.getByText(runs!, { exact: true }).last().waitFor();
  await page.getByLabel("Name").fill("Planned");
  await page.getByRole("button", { name: "Queue the sweep" }).click();
  await page.waitForURL(/\/sweeps\/[0-9a-f-]{36}$/);
  const planned = await api.sweep.get.query({ team: "team", id: page.url().split("/").at(-1)! });
  expect(planned.progress.total).toBe(Number(runs));
});

test("fits a phone, and nothing was complained about", async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of ["next/fits/next", "filled/fits/next", "bare/fits/next", "bare/sweeps/new"]) {
    await page.goto(`${etalon.url}/team/${path}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect([path, await overflow(page)]).toEqual([path, 0]);
  }
  expect(product.errors).toEqual([]);
});
