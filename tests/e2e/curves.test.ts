import type { Browser, BrowserContext, Page, Request } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { type Api, signIn } from "./api";
import { overflow } from "./browser";
import { type Etalon, newKey, until } from "./etalon";
import { signedIn } from "./signed-in";

/** Curves, lists and deletion in a real browser, on runs that a program sent. */

const RUNS = 120;
const POINTS = 2_000;
const SPIKED = 3;
const BROKEN = 5;
const SPIKE_AT = 1_200;

let etalon: Etalon;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let api: Api;
let key: string;
const ids: string[] = [];

const valueAt = (run: number, step: number) =>
  run === BROKEN && step >= 1_000 && step < 1_010
    ? "NaN"
    : 2 + run / 100 + 3 / Math.sqrt(1 + step) + (run === SPIKED && step === SPIKE_AT ? 4 : 0);

async function post(path: string, body: object): Promise<{ id: string }> {
  const response = await fetch(`${etalon.url}/api/v1${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(response.status, await response.clone().text()).toBe(200);
  return response.json() as Promise<{ id: string }>;
}

const send = (run: number, seq: number, steps: number[], rewindTo?: number) =>
  post(`/runs/${ids[run]}/metrics`, {
    writer: "test",
    seq,
    ...(rewindTo !== undefined && { rewindTo }),
    series: [
      {
        metric: "train/loss",
        steps,
        values: steps.map((s) => valueAt(run, s)),
        tokens: steps.map((s) => 512 * (s + 1)),
        times: steps.map((s) => 1.7e12 + 100 * s),
      },
    ],
  });

const product = signedIn("curves", async (filled) => {
  ({ etalon, browser, context } = filled);
  key = await newKey(etalon.dataDir, "read,write");
  api = await signIn(etalon);
  for (const name of ["Curves", "Doomed"]) await api.project.create.mutate({ team: "team", project: { name } });
  for (let i = 0; i < RUNS; i++) {
    const lr = 0.001 * 2 ** (i % 8);
    const config = { optimizer: { name: i % 3 === 0 ? "muon" : "adamw", lr }, note: `<b>${i}</b>` };
    const body = { project: "curves", name: `run ${i}`, config, dimensions: { peakLr: lr, batchSeqs: 8, seed: i } };
    ids.push((await post("/runs", body)).id);
    await send(
      i,
      0,
      Array.from({ length: POINTS }, (_, s) => s),
    );
  }
});
beforeAll(() => {
  page = product.page;
});

const plot = (on: Page) => on.locator("figure [role=application]").first();
const readout = (on: Page) => on.locator("figure [role=status]").first();
const note = (on: Page) => on.locator("figure > p").first();
const rows = (on: Page) => on.locator("table tbody tr");

/** Bodies of the requests for buckets from now on. */
function seriesRequests(on: Page): Record<string, unknown>[] {
  const bodies: Record<string, unknown>[] = [];
  on.on("request", (r: Request) => {
    if (new URL(r.url()).pathname === "/api/series") bodies.push(r.postDataJSON());
  });
  return bodies;
}

/** Where pixels of a colour lie on the first canvas: the whole extent, and the highest of them. */
function coloured(on: Page, colour: string) {
  return on.evaluate((css) => {
    const canvas = document.querySelector("figure canvas") as HTMLCanvasElement;
    const pen = document.createElement("canvas").getContext("2d")!;
    pen.fillStyle = css;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b] = pen.getImageData(0, 0, 1, 1).data;
    const { data, width, height } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    const found = { left: width, right: -1, top: height, topX: -1, count: 0 };
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const i = 4 * (y * width + x);
        const near = Math.abs(data[i]! - r!) + Math.abs(data[i + 1]! - g!) + Math.abs(data[i + 2]! - b!) < 60;
        if (!near || data[i + 3]! < 120) continue;
        found.count++;
        found.left = Math.min(found.left, x);
        found.right = Math.max(found.right, x);
        if (y < found.top) [found.top, found.topX] = [y, x];
      }
    }
    return found;
  }, colour);
}

const accent = (on: Page) => on.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--accent"));
const diverged = (on: Page) =>
  on.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--diverged"));

describe("curves", () => {
  test("of a hundred runs are drawn, walked along with the keyboard and opened", async () => {
    await page.goto(`${etalon.url}/team/curves/runs`);
    await note(page).getByText("100 runs · 200,000 points").waitFor();
    await plot(page).focus();
    await page.keyboard.press("ArrowRight");
    await readout(page).getByText("run 119").waitFor();
    await page.keyboard.press("End");
    await readout(page).getByText("tokens 1,024,000").waitFor();
    const last = Number(valueAt(119, POINTS - 1)).toPrecision(5);
    expect(await readout(page).innerText()).toContain(`last ${Number(last)}`);
    await page.keyboard.press("ArrowDown");
    await readout(page).getByText("run 118").waitFor();
    await page.keyboard.press("ArrowUp");
    await readout(page).getByText("run 119").waitFor();
    await page.keyboard.press("Escape");
    await readout(page).waitFor({ state: "detached" });
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await page.waitForURL(`${etalon.url}/team/curves/runs/${ids[119]}`);
  });

  test("keep a spike of one point at any zoom", async () => {
    await page.goto(`${etalon.url}/team/curves/runs/${ids[SPIKED]}`);
    await note(page).getByText("2,000 points").waitFor();
    const seen = await coloured(page, await accent(page));
    // The spike is the highest value: its column is where the highest pixel of the line lies.
    const share = (seen.topX - seen.left) / (seen.right - seen.left);
    expect(Math.abs(share - SPIKE_AT / POINTS)).toBeLessThan(0.01);
  });

  test("mark NaN at the top rail and say how many", async () => {
    await page.goto(`${etalon.url}/team/curves/runs/${ids[BROKEN]}`);
    await note(page).getByText("10 of them NaN or infinite").waitFor();
    const marks = await coloured(page, await diverged(page));
    expect(marks.count).toBeGreaterThan(10);
    expect(marks.top).toBeLessThan(25);
  });

  test("zoom by dragging: the range is read at full resolution, stands in the address and comes back with it", async () => {
    await page.goto(`${etalon.url}/team/curves/runs/${ids[SPIKED]}`);
    await note(page).getByText("2,000 points").waitFor();
    const asked = seriesRequests(page);
    const box = (await plot(page).boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.5, box.y + 100);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 100, { steps: 4 });
    await page.mouse.up();
    await until("the range is asked for", 10, () => asked.length > 0);
    await page.waitForURL((u) => u.searchParams.has("from"));
    const [from, to] = ["from", "to"].map((name) => Number(new URL(page.url()).searchParams.get(name)));
    expect(to! - from!).toBeGreaterThan(150 * 512);
    expect(to! - from!).toBeLessThan(300 * 512);
    // With some room on both sides, so that the line enters and leaves the view.
    expect(asked[0]!.from).toBeLessThan(from!);
    expect(asked[0]!.to).toBeGreaterThan(to!);
    await until("the range is there", 10, async () => !/2,000|reading/.test(await note(page).innerText()));
    const shown = await note(page).innerText();
    const steps = Array.from({ length: POINTS }, (_, s) => 512 * (s + 1)).filter((t) => t >= from! && t <= to!);
    expect(shown).toContain(`${steps.length} points`);
    const other = await context.newPage();
    const again = seriesRequests(other);
    await other.goto(page.url());
    await until("the link shows the same points", 10, async () => (await note(other).innerText()) === shown);
    expect(again.map((r) => [r.from, r.to])).toContainEqual([asked[0]!.from, asked[0]!.to]);
    await other.close();
    await page.getByRole("button", { name: "See all" }).click();
    await note(page).getByText("2,000 points").waitFor();
    await page.waitForURL((u) => !u.searchParams.has("from"));
  });

  test("grow by what comes after the last point known, and are read anew after a rewind", async () => {
    await page.goto(`${etalon.url}/team/curves/runs/${ids[SPIKED]}`);
    await note(page).getByText("2,000 points").waitFor();
    const asked = seriesRequests(page);
    await send(
      SPIKED,
      1,
      Array.from({ length: 10 }, (_, i) => POINTS + i),
    );
    await note(page).getByText("2,010 points").waitFor();
    expect(asked.every((r) => (r.from as number) >= 512 * POINTS)).toBe(true);
    await send(SPIKED, 2, [101, 102], 100);
    await note(page).getByText("103 points").waitFor();
    expect(asked.at(-1)).not.toHaveProperty("from");
  });

  test("follow the view in the address: axis, logarithm, smoothing, colour", async () => {
    await page.goto(`${etalon.url}/team/curves/runs`);
    await note(page).getByText("100 runs").waitFor();
    const before = await page
      .locator("figure canvas")
      .first()
      .evaluate((c) => (c as HTMLCanvasElement).toDataURL());
    await page.getByLabel("Against").selectOption("elapsed");
    await page.getByLabel("log x").check();
    await page.getByLabel("Smoothing").selectOption("gaussian");
    await page.getByLabel("Colour by").selectOption("config.optimizer.name");
    await page.getByRole("button", { name: "muon" }).waitFor();
    await page.waitForURL((u) => u.searchParams.get("by") === "config.optimizer.name");
    await note(page).getByText("without times").waitFor({ state: "detached" });
    const other = await context.newPage();
    await other.goto(page.url());
    await note(other).getByText("100 runs").waitFor();
    await other.getByRole("button", { name: "muon" }).waitFor();
    expect(await other.getByLabel("Against").inputValue()).toBe("elapsed");
    const picture = (on: Page) =>
      on
        .locator("figure canvas")
        .first()
        .evaluate((c) => (c as HTMLCanvasElement).toDataURL());
    await until("the same picture", 10, async () => (await picture(other)) === (await picture(page)));
    expect(await picture(page)).not.toBe(before);
    await other.getByRole("button", { name: "muon" }).click();
    await note(other).getByText("67 runs").waitFor();
    await other.close();
  });
});

describe("the list of runs", () => {
  test("is filtered, sorted and paged by the server, and a link shows the same", async () => {
    await page.goto(`${etalon.url}/team/curves/runs?curves=0`);
    await until("the first page", 10, async () => (await rows(page).count()) === 100);
    await page.getByRole("button", { name: "Last" }).click();
    await until(
      "the last page",
      10,
      async () => (await rows(page).count()) === RUNS - 100 || (await rows(page).count()) === 100,
    );
    await page.getByRole("row", { name: /run 0 / }).waitFor();
    await page.getByLabel("Filter runs").fill("config.optimizer.name = muon lr >= 0.004 seed < 50");
    const matching = Array.from({ length: 50 }, (_, i) => i).filter(
      (i) => i % 3 === 0 && 0.001 * 2 ** (i % 8) >= 0.004,
    );
    await until("the filter's rows", 10, async () => (await rows(page).count()) === matching.length);
    await page.getByRole("columnheader", { name: "Peak LR" }).getByRole("button").click();
    await page.waitForURL((u) => u.searchParams.get("sort") === "peakLr");
    const names = () => rows(page).locator("td:nth-child(2)").allInnerTexts();
    const rate = (name: string) => Number(name.slice(4)) % 8;
    await until("ascending rates", 10, async () => {
      const rates = (await names()).map(rate);
      return rates.length === matching.length && rates.every((r, i) => i === 0 || r >= rates[i - 1]!);
    });
    const shown = await names();
    await page.reload();
    await until("the same rows", 10, async () => JSON.stringify(await names()) === JSON.stringify(shown));
    await page.getByLabel("Filter runs").fill("lr >= ");
    await page.getByRole("alert").filter({ hasText: "at character" }).waitFor();
  });

  test("shows added columns and groups with their mean over all members", async () => {
    await page.goto(`${etalon.url}/team/curves/runs?curves=0&q=seed%20%3C%2010`);
    await page.getByLabel("Add column").selectOption("config.note");
    await page.getByRole("cell", { name: "<b>7</b>" }).waitFor();
    await page.getByLabel("Group by").selectOption("config.optimizer.name");
    await page.getByLabel("Mean of").selectOption("seed");
    const row = page.getByRole("row", { name: /muon/ });
    await row.waitFor();
    // Seeds 0, 3, 6 and 9: mean 4.5, standard error 1.94.
    await until("mean and error", 10, async () => /4\.5\d* ± 1\.9/.test(await row.innerText()));
    await row.getByRole("button", { name: "muon" }).click();
    await until("the group's runs", 10, async () => (await rows(page).count()) === 4);
  });

  test("deletes what was chosen after the words were typed, and nothing else", async () => {
    await page.goto(`${etalon.url}/team/curves/runs?curves=0&q=seed%20%3E%3D%20118`);
    await until("two rows", 10, async () => (await rows(page).count()) === 2);
    await page.getByLabel("Select all on this page").check();
    await page.getByRole("button", { name: "Delete 2" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("2 runs with 4,000 points").waitFor();
    expect(await dialog.getByRole("button", { name: "Delete" }).isDisabled()).toBe(true);
    await dialog.getByLabel("To confirm").fill("delete 2 runs");
    await dialog.getByRole("button", { name: "Delete" }).click();
    await until("the runs are gone", 20, async () => (await rows(page).count()) === 0);
    const { total } = await api.run.query.query({ team: "team", query: { project: "curves" } });
    expect(total).toBe(RUNS - 2);
  });

  test("goes with its project", async () => {
    await post("/runs", { project: "doomed", name: "last one" });
    await page.goto(`${etalon.url}/team/doomed`);
    await page.getByRole("button", { name: "Delete project" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("1 run with 0 points").waitFor();
    await dialog.getByLabel("To confirm").fill("doomed");
    await dialog.getByRole("button", { name: "Delete" }).click();
    await page.waitForURL(`${etalon.url}/team`);
    await until("the project is gone", 20, async () =>
      (await api.project.list.query({ team: "team" })).every((p) => p.slug !== "doomed"),
    );
    expect((await fetch(`${etalon.url}/team/curves`)).status).toBe(200);
  });
});

test("the API's reference is there for anyone and fits a phone", async () => {
  const anonymous = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const reader = await anonymous.newPage();
  await reader.goto(`${etalon.url}/api-reference`);
  await reader.getByRole("heading", { name: "POST /api/v1/runs/{id}/metrics" }).waitFor();
  expect(await overflow(reader)).toBe(0);
  await anonymous.close();
});

test("every page stayed silent in the console", () => {
  // A filter that is half typed is refused by the server, which the browser reports.
  expect(product.errors.filter((e) => !/status of 422/.test(e))).toEqual([]);
});
