import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { plantedRuns } from "../planted-schedules";
import { overflow } from "./browser";
import { newKey } from "./etalon";
import { fill } from "./filled";
import { signedIn } from "./signed-in";

/** Schedules of a target by the curves of the project's runs, and the amplitude of its Power schedule. */

let page: Page;
let base: string;

const product = signedIn("schedules", async ({ etalon }) => {
  await fill(etalon);
});
beforeAll(() => {
  page = product.page;
  base = `${product.etalon.url}/team/filled`;
});

const ask = () => page.getByRole("button", { name: "Fit the schedule law from curves" });

async function open() {
  await page.goto(`${base}/recommendations/new`);
  await page.getByLabel("muP base width").fill("64");
  await page.getByLabel("Training tokens").fill("2Mi");
}

test("without curves that say their schedule it says which runs to make", async () => {
  await open();
  await page.getByText(/needs three schedules or more of one model/).waitFor();
  await ask().click();
  await page.getByText(/^No run here has ended, and says its schedule/).waitFor();
});

test("from curves the schedules of the target are compared, and the measured amplitude is used and said", async () => {
  await store();
  await open();
  await ask().click();
  const table = page.getByRole("region", { name: "Schedules by predicted loss" });
  await table.waitFor();
  expect(await table.locator("tbody tr").count()).toBe(21);
  expect(await table.locator("tbody tr td:nth-child(3)").first().innerText()).toBe("0.0000");
  await table.getByText("WSD 10% exp, this target").waitFor();
  await page.getByText(/^Law of 5 curves of train\/loss \(dense w32 d2.*batch 8 x 64\)/).waitFor();
  await page.getByLabel(/also each at its own best of 13 peaks/).check();
  await table.getByText("Own peak").waitFor();

  const field = page.getByLabel("Power amplitude");
  await page.getByText(/4\/4\.6 of the law's, borrowed from the paper/).waitFor();
  await page.getByRole("button", { name: "Use the measured amplitude" }).click();
  const ratio = await field.inputValue();
  expect(Number(ratio)).toBeGreaterThan(1 / 8);
  await page.getByText(`${ratio} of the law's, measured from 5 curves`).waitFor();
  await field.fill("0.7");
  await page.getByText("0.7 of the law's, given by hand").waitFor();
  await page.getByRole("button", { name: "Use the measured amplitude" }).click();
  await page.getByLabel("Schedule", { exact: true }).selectOption("power");
  await page.getByRole("button", { name: "Save as draft" }).click();
  await page.waitForURL(/\/recommendations\/[0-9a-f-]{36}$/);
  await page.getByText(`${ratio} of the law's, measured from 5 curves`).waitFor();
  await page
    .getByText(/measured by the schedule law of 5 curves of train\/loss .* are within 0\.1% of its predicted loss/)
    .waitFor();
  expect(await page.getByText(/an assumption; it was not measured here\.$/).count()).toBe(1);
});

test("it can be canceled and left, fits a narrow page, and no page complained", async () => {
  await open();
  await page.route("**/api/trpc/fit.scheduleLaw**", async (route) => {
    await new Promise((r) => setTimeout(r, 1_500));
    await route.continue().catch(() => {});
  });
  await page.getByLabel("Metric of the curves").selectOption("val/loss");
  await ask().click();
  await page.getByText(/You may go on typing, or leave/).waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText(/needs three schedules or more of one model/).waitFor();
  expect(await ask().isEnabled()).toBe(true);
  await page.unroute("**/api/trpc/fit.scheduleLaw**");
  await page.getByLabel("Metric of the curves").selectOption("train/loss");
  await page.setViewportSize({ width: 390, height: 844 });
  await ask().click();
  await page.getByRole("region", { name: "Schedules by predicted loss" }).waitFor();
  expect(await overflow(page)).toBe(0);
  await ask().click();
  await page.goto(base);
  await page.setViewportSize({ width: 1440, height: 900 });
  expect(product.errors).toEqual([]);
});

/** The planted runs, as another program sends them. */
async function store(): Promise<void> {
  const key = await newKey(product.dataDir, "write");
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${product.etalon.url}/api/v1${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return (await response.json()) as { id: string };
  };
  for (const { name, config, dimensions, steps, losses } of plantedRuns()) {
    const { id } = await post("/runs", { project: "filled", name, config, dimensions });
    const series = [{ metric: "train/loss", steps, values: losses }];
    await post(`/runs/${id}/metrics`, { writer: "w", seq: 0, series });
    await post(`/runs/${id}/finish`, { state: "finished", finalLoss: losses.at(-1) });
  }
}
