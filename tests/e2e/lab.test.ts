import { writeFile } from "node:fs/promises";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { drawnShares, overflow } from "./browser";
import { type Etalon, newKey, run } from "./etalon";
import { signedIn } from "./signed-in";
import { AGGREGATE, PER_SIZE, syntheticPaperTable } from "./synthetic-paper-runs";

/** The lab in a real browser, on the paper's design with synthetic losses that obey its published laws. */

let folder: string;
let etalon: Etalon;
let browser: Browser;
let context: BrowserContext;
let page: Page;

const product = signedIn("lab", async (filled) => {
  ({ folder, etalon, browser, context } = filled);
  const tables = { sizes: (size: string) => PER_SIZE[size]!, aggregate: () => AGGREGATE };
  for (const [name, lawOf] of Object.entries(tables)) {
    await writeFile(`${folder}/${name}.csv`, syntheticPaperTable(lawOf));
    const imported = await run(`${folder}/data`, [
      "import",
      "table",
      `${folder}/${name}.csv`,
      "--project",
      name,
      "--json",
    ]);
    expect(JSON.parse(imported.stdout)).toMatchObject({ created: 1152, skipped: 0 });
  }
});
beforeAll(() => {
  page = product.page;
});

const labAt = (project: string, settings: object) =>
  `${etalon.url}/team/${project}/fits?fit=${encodeURIComponent(JSON.stringify(settings))}`;
const law = (on: Page) => on.locator("[data-law]").first();
/** The number behind a coefficient's name in the line under the law's chart. */
const coefficient = (text: string, name: string) => Number(new RegExp(`${name} = (-?[\\d.e-]+)`).exec(text)?.[1]);

describe("the published laws of the paper", () => {
  test.each(Object.entries(PER_SIZE))("come back for %s", async (_, { a, b, params, width }) => {
    const sizes = [`dense mup w${width} d32 N${params}`];
    await page.goto(labAt("sizes", { form: "power", estimator: "ew", sizes }));
    const text = await law(page).innerText();
    expect(coefficient(text, "a")).toBeCloseTo(a, 2);
    expect(coefficient(text, "b")).toBeCloseTo(b, 6);
  });

  test("give the paper's worked example as a recommendation", async () => {
    await page.goto(labAt("aggregate", { form: "power", estimator: "ew" }));
    await law(page).waitFor();
    await page.getByLabel("Name of the fit").fill("Aggregate");
    await page.getByRole("button", { name: "Save fit" }).click();
    await page.getByRole("link", { name: "Make a recommendation" }).click();
    const fields = { "Training tokens": "1e12", "Batch (sequences)": "1024", "Sequence length": "4096", Width: "1536" };
    for (const [name, value] of Object.entries(fields))
      await page.getByLabel(name, { exact: false }).first().fill(value);
    await page.getByLabel("muP base width").fill("256");
    await page.getByLabel("Power cap").fill("0.02");
    await page.getByRole("button", { name: "Save as draft" }).click();
    await page.getByRole("button", { name: "Publish to the team" }).click();
    await page.getByText("published", { exact: false }).first().waitFor();
    const id = page.url().split("/").at(-1)!;
    const key = await newKey(`${folder}/data`, "read");
    const answer = await fetch(`${etalon.url}/api/v1/recommendations/${id}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    const { result } = (await answer.json()) as { result: Record<string, Record<string, number>> };
    expect(result.wsd!.peakLr! / 0.003573203809417466).toBeCloseTo(1, 7);
    expect(result.power!.a).toBeCloseTo(4, 6);
    expect(result.power!.b).toBeCloseTo(-0.51, 8);
    expect(result.power!.kneeTokens! / 25964051117.947876).toBeCloseTo(1, 5);
    await page.getByText("0.00357").first().waitFor();
  });
});

describe("the linked charts", () => {
  test("taking a curve out moves the fit, undo brings it back, and a link shows it to another", async () => {
    // Of the exact losses a surface is the same with and without a curve, to the digits that are shown.
    await page.goto(labAt("sizes", { form: "power-free", estimator: "ew" }));
    const before = await law(page).innerText();
    const list = page.getByRole("region", { name: "Curves" }).getByRole("button");
    await list.first().click();
    await page.keyboard.press("ArrowDown");
    const chosen = page.getByRole("button", { pressed: true }).filter({ hasText: "batch" });
    await expect.poll(() => chosen.innerText()).toContain("batch 32");
    await page.getByLabel("Reason").fill("the node was failing");
    await page.getByRole("button", { name: "Take the curve out" }).click();
    await expect.poll(() => law(page).innerText()).not.toBe(before);
    const after = await law(page).innerText();
    await page.getByText("the node was failing").first().waitFor();

    const other = await context.newPage();
    await other.goto(page.url());
    await expect.poll(() => law(other).innerText()).toBe(after);
    await other.close();

    await page.getByRole("button", { name: "undo" }).click();
    await expect.poll(() => law(page).innerText()).toBe(before);
  });

  test("a censored curve says which rates to run", async () => {
    await page.goto(labAt("sizes", { form: "power-free" }));
    await page.getByRole("button", { name: "Show the first censored curve" }).click();
    await page.getByText("To bracket the optimum, run it at").waitFor();
  });

  test("intervals and the comparison of forms follow from the worker", async () => {
    await page.goto(labAt("sizes", { form: "power-free" }));
    await page.getByText(/By Student t/).waitFor();
    const forms = page.getByRole("heading", { name: "Comparison of forms" });
    await forms.waitFor();
    for (const share of await drawnShares(page)) expect(share).toBeGreaterThan(0.005);
  });
});

describe("published laws", () => {
  const row = (on: Page, id: string) => on.locator(`[data-published="${id}"]`);
  const box = (on: Page, name: string) => on.getByRole("checkbox", { name, exact: true });

  test("say what they would have cost here, and are drawn by keyboard, by address, and never on another axis", async () => {
    // These runs obey the Power Scheduler's law.
    await page.goto(labAt("aggregate", { form: "power-free" }));
    await row(page, "power-scheduler").waitFor();
    expect(await row(page, "power-scheduler").innerText()).toMatch(/(0\.99|1)×\s+(≥ )?0\.00%/);
    await page.getByText(/^Not comparable with these runs/).click();
    expect(await row(page, "power-lines").innerText()).toContain("unverified");
    expect(await box(page, "Step Law").isDisabled()).toBe(true);
    expect(await row(page, "step-law").innerText()).toContain(
      "Not drawn: it gives the rate of all parameters, and the runs have a muP base rate.",
    );
    await box(page, "Power Scheduler").focus();
    await page.keyboard.press("Space");
    await expect.poll(() => new URL(page.url()).searchParams.get("laws")).toBe("power-scheduler");
    await page.getByText("Published laws are drawn at").waitFor();
    await box(page, "MiniCPM").click();
    await expect.poll(() => box(page, "MiniCPM").isChecked()).toBe(true);
    expect(new URL(page.url()).searchParams.get("laws")).toBe("power-scheduler,minicpm");

    const other = await context.newPage();
    // A law of another axis is not drawn, whoever asks for it.
    await other.goto(`${page.url()},step-law`);
    await other.getByText("Published laws are drawn at").waitFor();
    await expect.poll(() => box(other, "MiniCPM").isChecked()).toBe(true);
    await other.getByText(/^Not comparable with these runs/).click();
    expect(await box(other, "Step Law").isChecked()).toBe(false);
    await other.close();

    for (const name of ["Power Scheduler", "MiniCPM"]) {
      await box(page, name).click();
      await expect.poll(() => box(page, name).isChecked()).toBe(false);
    }
    expect(new URL(page.url()).searchParams.get("laws")).toBeNull();
    await expect.poll(() => page.getByText("Published laws are drawn at").count()).toBe(0);
  });

  test("that cannot be drawn say why", async () => {
    await page.getByText(/^Not drawn, and why/).click();
    await page.getByText("one copy prints c as 1.3192e-5").waitFor();
  });
});

test("a table is imported in the browser: guessed columns, a bad row by its line, then the rest by choice", async () => {
  const [header, ...rows] = syntheticPaperTable(() => AGGREGATE).split("\n");
  const few = rows.slice(0, 48);
  await writeFile(`${folder}/few.csv`, [header, ...few, "fast,16,2e9,1,1,1,1,mup,dense,wsd,2"].join("\n"));
  await page.goto(`${etalon.url}/team/sizes/imports`);
  await page.locator("#content input[type=file][accept]").setInputFiles(`${folder}/few.csv`);
  await page.getByText('line 50: peakLr "fast" is not a positive number').waitFor();
  const send = page.getByRole("button", { name: "Import 48 runs" });
  expect(await send.isDisabled()).toBe(true);
  await page.getByLabel("Import the 48 good rows and leave this one out").check();
  await send.click();
  await page.getByText("48 rows: 0 new runs, 48 updated, 0 unchanged.").waitFor();
});

test("a report shows a frozen chart, takes no HTML and no script, and leaves as one file that needs no other", async () => {
  await page.goto(`${etalon.url}/team/aggregate/reports`);
  await page.getByLabel("Title of the report").fill("What was found");
  await page.getByRole("button", { name: "New report" }).click();
  const text = page.getByLabel("Text (Markdown)");
  await text.fill("## Asked\n\n<img src=x onerror=alert(1)> and [a link](javascript:alert(1))\n\n");
  await page.getByLabel("Put in a chart of a saved fit").selectOption({ label: "Aggregate" });
  await page.getByText("Frozen: fit").waitFor();
  await page.getByRole("button", { name: "Saved", exact: true }).waitFor();
  const article = page.locator("article.report");
  expect(await article.locator("img").count()).toBe(0);
  expect(await article.getByText("a link").getAttribute("href")).toBe("");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "HTML file" }).click(),
  ]);
  const path = `${folder}/report.html`;
  await download.saveAs(path);
  const offline = await browser.newContext({ offline: true });
  const asked: string[] = [];
  offline.on("request", (r) => asked.push(r.url()));
  const file = await offline.newPage();
  await file.goto(`file://${path}`);
  await file.getByRole("heading", { name: "What was found" }).waitFor();
  const picture = file.locator("img").first();
  expect(await picture.evaluate((i: HTMLImageElement) => [i.complete, i.naturalWidth > 300])).toEqual([true, true]);
  expect(asked.filter((url) => !url.startsWith("file:") && !url.startsWith("data:"))).toEqual([]);
  await offline.close();
});

test("every page of the lab is readable on a phone, and nothing was complained about", async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of ["fits", "transfer", "imports", "reports", "recommendations"]) {
    await page.goto(`${etalon.url}/team/sizes/${path}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect([path, await overflow(page)]).toEqual([path, 0]);
  }
  expect(product.errors).toEqual([]);
});
