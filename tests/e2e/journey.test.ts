import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FitResult } from "@/lib/fit";
import { PAGES } from "../access";
import { type Api, apiOf } from "./api";
import { complaints, drawnShares, openBrowser, overflow, signInWith } from "./browser";
import { type Etalon, killAll, newKey, remove, run, start, temporaryFolder, until } from "./etalon";
import { interiorOptima, plainLeastSquares, runsOfCsv } from "./recompute";

/** The whole main job on the real product: sign in, sweep, watch, fit, recommend, read by key. */

const BATCHES = [4, 8, 16];
const TOKENS = [131_072, 262_144];

const team = "team";

let folder: string;
let etalon: Etalon;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let errors: string[];
/** What the signed-in browser may ask. */
let api: Api;
let sweepUrl = "";
let runId = "";
let fitId = "";
let recommendationId = "";

beforeAll(async () => {
  folder = await temporaryFolder("etalon journey ");
  browser = await openBrowser();
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  context.setDefaultTimeout(20_000);
  errors = complaints(context);
  page = await context.newPage();
  etalon = await start({ dataDir: `${folder}/data`, flags: ["--no-quickstart"] });
});

afterAll(async () => {
  await browser?.close();
  await etalon?.stop();
  if (folder) {
    await killAll(`${folder}/data`);
    await remove(folder);
  }
});

test("start prints exactly two lines, and everything but signing in is closed to strangers", async () => {
  expect(
    etalon.stdout
      .trim()
      .split("\n")
      .map((l) => l.replace(/: http.*/, "")),
  ).toEqual(["ready", "sign in"]);
  for (const [path, access] of Object.entries(PAGES)) {
    const response = await fetch(etalon.url + path.replaceAll(/\[(\w+)\]/g, "x-$1"), { redirect: "manual" });
    const where = response.headers.get("location") ?? "";
    if (access === "public") expect([path, response.status]).toEqual([path, 200]);
    else if (access === "by key") expect([path, response.status]).toEqual([path, 404]);
    else expect([path, response.status, new URL(where, etalon.url).pathname]).toEqual([path, 307, "/sign-in"]);
  }
  expect((await fetch(`${etalon.url}/api/health`)).status).toBe(200);
  expect((await fetch(`${etalon.url}/api/v1/runs`)).status).toBe(401);
  expect((await fetch(`${etalon.url}/api/events?team=team`)).status).toBe(401);
});

test("the link signs the owner in, once; the command line makes another", async () => {
  await signInWith(page, etalon.signIn);
  await page.waitForURL(`${etalon.url}/team`);
  const cookie = (await context.cookies()).map((c) => `${c.name}=${c.value}`).join("; ");
  api = apiOf(etalon, cookie);
  const stranger = await browser.newContext();
  const other = await stranger.newPage();
  await signInWith(other, etalon.signIn);
  await other.getByText("was used already").waitFor();
  const { stdout } = await run(`${folder}/data`, ["sign-in-link"], { PORT: new URL(etalon.url).port });
  expect(stdout).toMatch(/^sign in: http.*\n$/);
  await signInWith(other, stdout.replace("sign in: ", "").trim());
  await other.waitForURL(`${etalon.url}/team`);
  await stranger.close();
});

test("a project is made and a reduced sweep is queued through the pages", async () => {
  await page.getByRole("button", { name: "New project" }).first().click();
  await page.locator("#content").getByLabel("Name", { exact: true }).fill("Journey");
  await page.getByRole("button", { name: "Make project" }).click();
  await page.waitForURL(`${etalon.url}/team/journey`);
  // Leaving before the page has come would abort its request, and Next would then load it over the next one.
  await page.getByRole("heading", { name: "Begin with a sweep" }).waitFor();
  await page.waitForLoadState("networkidle", { timeout: 5_000 }).catch(() => {}); // the event stream may stay open
  await page.goto(`${etalon.url}/team/journey/sweeps/new`);
  await page
    .locator("#content") // while a page streams in, its parts stand hidden behind it a second time
    .getByLabel("Begin with")
    .selectOption({ label: "two sizes, 128k to 512k tokens, 3 batches, 5 learning rates" });
  await page.getByRole("button", { name: "remove" }).nth(1).click();
  await page.locator("#content").getByLabel("Token counts", { exact: true }).fill(TOKENS.join(" "));
  await page.locator("#content").getByLabel("Batch 1 in sequences").fill("0");
  await page
    .locator("#content")
    .getByText(/batchSeqs/)
    .waitFor();
  expect(await page.getByRole("button", { name: "Queue the sweep" }).isDisabled()).toBe(true);
  await page.locator("#content").getByLabel("Batch 1 in sequences").fill(String(BATCHES[0]));
  await page.locator("#content").getByLabel("Name", { exact: true }).fill("Reduced");
  await page.locator("#content dd", { hasText: /^30$/ }).waitFor();
  await page.getByRole("button", { name: "Queue the sweep" }).click();
  await page.waitForURL(/\/sweeps\/[0-9a-f-]{36}$/);
  sweepUrl = page.url();
});

test("it is watched to its end without a reload, on the real trainer", async () => {
  await page.evaluate(() => {
    document.body.dataset.same = "yes";
  });
  const half = until("the sweep page shows finished runs while others wait", 90, async () => {
    const { progress } = await api.sweep.get.query({ team, id: lastOf(sweepUrl) });
    return progress.finished > 0 && progress.finished < 30;
  });
  await half;
  await page.locator("#content h1", { hasText: "finished" }).waitFor({ timeout: 120_000 });
  const sweep = await api.sweep.get.query({ team, id: lastOf(sweepUrl) });
  expect(sweep.progress).toMatchObject({ total: 30, finished: 30, failed: 0, queued: 0, running: 0, doneFraction: 1 });
  expect(await page.evaluate(() => document.body.dataset.same)).toBe("yes");
  await until("the charts of the sweep page are drawn", 10, async () => {
    const shares = await drawnShares(page);
    return shares.length >= 2 && shares.every((s) => s > 0.005);
  });
});

test("the project's overview counts its runs", async () => {
  await page.goto(`${etalon.url}/team/journey`);
  await page.locator("section", { hasText: "30 runs" }).getByText("finished").first().waitFor();
  expect(await page.getByRole("heading", { name: "Begin with a sweep" }).count()).toBe(0);
});

test("a run has its curves, points and log", async () => {
  const runs = await api.run.list.query({ team, project: "journey", sweepId: lastOf(sweepUrl) });
  expect(runs).toHaveLength(30);
  runId = runs.find((r) => r.tokens === TOKENS[1])!.id;
  await page.goto(`${etalon.url}/team/journey/runs/${runId}`);
  await until("the curves of the run are drawn", 10, async () => {
    const shares = await drawnShares(page);
    return shares.length >= 2 && shares.every((s) => s > 0.002);
  });
  const key = await newKey(etalon.dataDir, "read");
  const answer = await fetch(`${etalon.url}/api/v1/series`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ runIds: [runId], metric: "train/loss", x: "tokens" }),
  });
  const [series] = ((await answer.json()) as { series: { x: number[]; last: number[] }[] }).series;
  expect(series!.last.length).toBeGreaterThan(50);
  expect(series!.last[0]).toBeGreaterThan(4);
  expect(series!.last.at(-1)).toBeLessThan(2.6);
  expect(series!.x.at(-1)).toBe(TOKENS[1]);
  await page
    .locator("#content")
    .getByText(/lease 1 on worker local/)
    .waitFor();
});

test("the lab fits a law, and refits when a curve is taken out and in again", async () => {
  const optima = (await ownOptima()).length;
  await page.goto(`${etalon.url}/team/journey/fits?fit=${encodeURIComponent('{"estimator":"argmin"}')}`);
  const shown = page
    .locator("#content")
    .getByText(new RegExp(`n = ${optima} (optimum|optima) of `))
    .last();
  await shown.waitFor();
  const before = await coefficients();
  const key = await anyCurveKey();
  const out = encodeURIComponent(JSON.stringify({ estimator: "argmin", excludedCurves: [key] }));
  await page.goto(`${etalon.url}/team/journey/fits?fit=${out}`);
  await page.locator("#content").getByText("Taken out by hand", { exact: true }).waitFor();
  await page
    .getByText(new RegExp(`n = ${optima - 1} (optimum|optima) of `))
    .last()
    .waitFor();
  expect(await coefficients()).not.toEqual(before);
  await page.getByRole("button", { name: "take in" }).click();
  await shown.waitFor();
  await until(
    "the coefficients are those from before",
    5,
    async () => JSON.stringify(await coefficients()) === JSON.stringify(before),
  );
});

test("its coefficients are those of plain least squares on the exported runs", async () => {
  const rows = await ownOptima();
  const own = plainLeastSquares(
    rows.map((o) => [1, Math.log(o.batchSeqs), Math.log(o.tokens)]),
    rows.map((o) => Math.log(o.peakLr)),
  );
  const [scale, ...exponents] = await coefficients();
  expect(Math.log(scale!)).toBeCloseTo(own[0]!, 8);
  for (const [i, value] of exponents.entries()) expect(value).toBeCloseTo(own[i + 1]!, 8);
});

test("a fit is saved, with the default estimator, and recomputed from its own optima", async () => {
  await page.goto(`${etalon.url}/team/journey/fits`);
  await page.locator("#content").getByLabel("Name of the fit").fill("Law of the journey");
  await page.getByRole("button", { name: "Save fit" }).click();
  await page.waitForURL(/\/fits\/[0-9a-f-]{36}$/);
  fitId = lastOf(page.url());
  const fit = await api.fit.get.query({ team, id: fitId });
  expect(fit.reproduced).toBe(true);
  // Beside the surface stands the law by each curve's own optimum, which plain least squares give.
  const used = fit.result.optima.filter((o) => o.used && o.status === "ok");
  expect(used.length).toBeGreaterThanOrEqual(4);
  const own = plainLeastSquares(
    used.map((o) => [1, Math.log(o.dims.batchSeqs), Math.log(o.dims.tokens)]),
    used.map((o) => Math.log((o.ew ?? o.parabola3)!.lr)),
  );
  const stored = fit.result.perCurve!.regression.coefficients.map((c) => c.value);
  expect(coefficientsOf(fit.result)).toHaveLength(3);
  expect(stored).toHaveLength(3);
  for (const [i, value] of stored.entries()) expect(value).toBeCloseTo(own[i]!, 8);
  await page.locator("#content").getByText("Law of the journey").first().waitFor();
});

test("a recommendation is drafted, published and read by a training program's key", async () => {
  await page.goto(`${etalon.url}/team/journey/recommendations/new?fit=${fitId}`);
  await page.getByRole("textbox", { name: "Title" }).fill("For the next run");
  await page.getByRole("button", { name: "Save as draft" }).click();
  await page.waitForURL(/\/recommendations\/[0-9a-f-]{36}$/);
  recommendationId = lastOf(page.url());
  const key = await newKey(`${folder}/data`, "read");
  const read = () =>
    fetch(`${etalon.url}/api/v1/recommendations/${recommendationId}`, { headers: { authorization: `Bearer ${key}` } });
  expect((await read()).status).toBe(404);
  await page.getByRole("button", { name: "Publish to the team" }).click();
  await page.locator("#content").getByText("published", { exact: false }).first().waitFor();
  await page.getByRole("button", { name: "Publish to the team" }).waitFor({ state: "detached" });
  const answer = await read();
  expect(answer.status).toBe(200);
  const advice = (await answer.json()) as { state: string; title: string; result: { wsd: { peakLr: number } } };
  expect([advice.state, advice.title]).toEqual(["published", "For the next run"]);
  const [scale, c, b] = coefficientsOf((await api.fit.get.query({ team, id: fitId })).result);
  const lr = Math.exp(scale! + c! * Math.log(8) + b! * Math.log(2 * TOKENS[1]!));
  expect(advice.result.wsd.peakLr / lr).toBeCloseTo(1, 6);
  await page
    .getByText(/LambdaLR/)
    .first()
    .waitFor();
});

test("the export on the command line is the one of the API", async () => {
  const { stdout, code } = await run(`${folder}/data`, ["export", "runs", "--project", "journey", "--format", "csv"]);
  expect(code).toBe(0);
  expect(stdout).toBe(await exported());
});

test.each([
  ["1440x900, light", { width: 1440, height: 900 }, "light" as const],
  ["390x844, dark", { width: 390, height: 844 }, "dark" as const],
])(
  "every page at %s fits its window and complains of nothing",
  async (_name, viewport, colorScheme) => {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    const ids: Record<string, string> = { team: "team", project: "journey", run: runId, fit: fitId };
    Object.assign(ids, { sweep: lastOf(sweepUrl), recommendation: recommendationId });
    const report = await api.report.create.mutate({ team, report: { project: "journey", title: "Report" } });
    const shared = await api.share.create.mutate({
      team,
      link: { of: { kind: "recommendation", id: recommendationId } },
    });
    Object.assign(ids, { report: report.id, key: shared.key });
    const wide: string[] = [];
    for (const path of Object.keys(PAGES).filter((p) => p !== "/sign-out")) {
      const query = path.endsWith("compare") ? `?runs=${runId}` : "";
      const response = await page.goto(etalon.url + path.replaceAll(/\[(\w+)\]/g, (_, name) => ids[name]!) + query);
      expect([path, response!.status()]).toEqual([path, 200]);
      await page.locator("h1:visible").first().waitFor();
      await page.waitForLoadState("networkidle").catch(() => {}); // the event stream of a live page never ends
      const by = await overflow(page);
      if (by > 0) wide.push(`${path} is ${by} px wider than its window`);
    }
    expect(wide).toEqual([]);
    expect(errors).toEqual([]);
  },
  180_000,
);

test("a keyboard is enough: Tab reaches the controls, Ctrl-K finds and goes", async () => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${etalon.url}/team/journey/sweeps`);
  const reached: string[] = [];
  for (let i = 0; i < 32; i++) {
    await page.keyboard.press("Tab");
    reached.push(await page.evaluate(() => document.activeElement?.textContent?.trim() ?? ""));
  }
  expect(reached[0]).toBe("Skip to content");
  for (const name of [/^Runs$/, /^Lab$/, /^Search/, /New sweep/, /^Reduced/]) {
    expect(
      reached.some((text) => name.test(text)),
      String(name),
    ).toBe(true);
  }
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Search text" }).waitFor();
  await page.keyboard.type("journey lab");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/team\/journey\/fits/);
});

/** The full-precision values that the coefficient table carries as titles: A, then the exponents. */
async function coefficients(): Promise<number[]> {
  const cells = page
    .locator("section", { has: page.getByRole("heading", { name: "Coefficients", exact: true }) })
    .locator("td[title]");
  await cells.first().waitFor();
  return (await cells.evaluateAll((all) => all.map((c) => Number(c.getAttribute("title"))))) as number[];
}

function coefficientsOf(result: FitResult): number[] {
  return result.fit?.kind === "lr" ? result.fit.regression.coefficients.map((c) => c.value) : [];
}

const lastOf = (address: string) => address.split("/").at(-1)!;

let csv = "";

async function exported(): Promise<string> {
  if (csv) return csv;
  const key = await newKey(`${folder}/data`, "read");
  const headers = { authorization: `Bearer ${key}` };
  csv = await (await fetch(`${etalon.url}/api/v1/runs?project=journey`, { headers })).text();
  return csv;
}

const ownOptima = async () => interiorOptima(runsOfCsv(await exported()));

/** The key of one used curve, as the address of the lab wants it. */
async function anyCurveKey(): Promise<string> {
  const fit = { project: "journey", name: "for its keys", settings: { estimator: "argmin" as const } };
  const { id } = await api.fit.save.mutate({ team, fit });
  const { result } = await api.fit.get.query({ team, id });
  return result.optima.find((o) => o.used)!.key;
}
