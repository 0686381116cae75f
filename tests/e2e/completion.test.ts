import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { fill } from "./filled";
import { signedIn } from "./signed-in";

/** A filter can be written by choosing, with the keyboard alone; recipes are seen and edited. */

let page: Page;
let base: string;

const product = signedIn("completion", async ({ etalon }) => {
  const { api } = await fill(etalon);
  await api.project.create.mutate({ team: "team", project: { name: "Recipes", slug: "recipes" } });
});
beforeAll(() => {
  page = product.page;
  base = `${product.etalon.url}/team`;
});

const list = () => page.getByRole("listbox", { name: "What may come next" });
const offered = () => list().getByRole("option").allInnerTexts();

test("names, operators and values of the project's runs are offered and chosen by key", async () => {
  await page.goto(`${base}/filled/runs`);
  const filter = page.getByRole("combobox", { name: "Filter runs" });
  await filter.pressSequentially("lossT");
  await expect.poll(offered).toEqual(["lossTaken"]);
  await page.keyboard.press("Escape");
  await expect.poll(offered).toEqual([]);
  expect(await filter.inputValue()).toBe("lossT");
  await filter.fill("stat");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  expect(await filter.inputValue()).toBe("state ");
  await expect.poll(offered).toContain(">=");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect.poll(offered).toContain("crashed");
  await filter.pressSequentially("fin");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  expect(await filter.inputValue()).toBe("state = finished ");
  await filter.pressSequentially("peakLr = ");
  await expect.poll(offered).toContain("0.002");
  await list().getByRole("option", { name: "0.002", exact: true }).click();
  expect(await filter.inputValue()).toBe("state = finished peakLr = 0.002 ");
  expect(await filter.evaluate((e) => e === document.activeElement)).toBe(true);
  await page.waitForURL((u) => u.searchParams.get("q")?.trim() === "state = finished peakLr = 0.002");
});

test("the lab's filter offers what its points have", async () => {
  await page.goto(`${base}/filled/fits`);
  const filter = page.getByRole("combobox", { name: "Filter", exact: true });
  await filter.pressSequentially("width = ");
  await expect.poll(offered).toEqual(["32", "64"]);
  await filter.fill("config");
  await expect.poll(offered).toEqual([]);
});

test("recipes that differ show their keys, one can be left out, and the first list comes back", async () => {
  await page.goto(`${base}/filled/imports`);
  const rate = page.getByRole("row", { name: /^rate / });
  await rate.waitFor();
  await page.getByRole("button", { name: "Leave out rate" }).click();
  await expect.poll(() => rate.count()).toBe(0);
  await page.getByText(/patterns, edited/).click();
  const patterns = page.getByLabel(/One pattern a line/);
  expect((await patterns.inputValue()).split("\n")).toContain("rate");
  await page.getByRole("button", { name: "Back to the first list" }).click();
  await rate.waitFor();
  await page.goto(`${base}/recipes/imports`);
  await page.getByText("No run of this project has a config yet").waitFor();
});
