import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { type Filled, fill } from "./filled";
import { signedIn } from "./signed-in";

/** Words explain themselves, fields say what is wrong beside themselves, and everything can be done by keyboard. */

let filled: Filled;
let page: Page;
let base: string;

const product = signedIn("words and keys", async ({ etalon }) => {
  filled = await fill(etalon);
  await filled.api.project.create.mutate({ team: "team", project: { name: "Empty" } });
});
beforeAll(() => {
  page = product.page;
  base = `${product.etalon.url}/team/filled`;
});

test("a word of the glossary is explained on hover and on focus, and leaves what is typed alone", async () => {
  await page.goto(`${base}/recommendations/new`);
  await page.getByLabel("Training tokens").fill("3B");
  const word = page.getByRole("link", { name: "Power cap" });
  const meaning = page.getByRole("tooltip");
  await word.hover();
  await expect.poll(() => meaning.innerText()).toContain("the highest rate that it takes");
  await page.mouse.move(0, 0);
  await expect.poll(() => meaning.count()).toBe(0);
  await word.focus();
  await meaning.waitFor();
  const box = (await meaning.boundingBox())!;
  expect(box.x >= 0 && box.x + box.width <= 1440 && box.y + box.height <= 900).toBe(true);
  await page.keyboard.press("Escape");
  await expect.poll(() => meaning.count()).toBe(0);
  const opened = product.context.waitForEvent("page");
  await page.keyboard.press("Enter");
  const glossary = await opened;
  await glossary.waitForURL(/glossary#cap$/);
  await glossary.close();
  expect(await page.getByLabel("Training tokens").inputValue()).toBe("3B");
});

test("every page of a project explains a word where it first stands", async () => {
  const { ids } = filled;
  const rest = [
    "",
    "/sweeps",
    "/sweeps/new",
    `/sweeps/${ids.sweep}`,
    "/runs",
    `/runs/${ids.run}`,
    "/fits",
    "/fits/next",
    "/transfer",
  ];
  const more = [
    "/recommendations",
    "/recommendations/new",
    `/recommendations/${ids.recommendation}`,
    "/reports",
    "/imports",
  ];
  for (const path of [...rest, ...more]) {
    await page.goto(base + path);
    await page.locator('main a[href^="/glossary#"]').first().waitFor();
  }
});

test("what a field does not take is said in words beside it", async () => {
  await page.goto(`${base}/sweeps/new`);
  const beside = async (label: string, text: string) => {
    const field = page.getByLabel(label, { exact: true });
    await field.fill(text);
    await expect.poll(() => field.getAttribute("aria-invalid")).toBe("true");
    const described = await field.getAttribute("aria-describedby");
    const words = page.locator(`[id="${described}"]`);
    const [at, from] = [(await words.boundingBox())!, (await field.boundingBox())!];
    expect(at.y - (from.y + from.height)).toBeLessThan(12);
    return words.innerText();
  };
  expect(await beside("Token counts", "256k lots")).toBe('"lots" is not a number such as 0.002 or 256Ki');
  expect(await beside("Token counts", "")).toBe("needs at least one number");
  expect(await beside("Model 1 width", "wide")).toBe("not a number such as 256Ki");
  expect(await beside("Model 1 width", "0")).toBe("must be at least 1");
  expect(await beside("Learning rates of batch 2", "0.002 -1")).toBe("must be above 0");
  await page.goto(`${base}/recommendations/new`);
  await page.getByLabel("Architecture").fill(" ");
  await page.getByText("needs a name such as dense").waitFor();
  await page.goto(`${base}/transfer`);
  expect(await beside("Fit on: filter", "width >> 3")).toContain("width");
  await page.goto(`${product.etalon.url}/team/settings/keys`);
  await page.getByLabel("read", { exact: true }).uncheck();
  await page.getByText("Choose what the key may do").waitFor();
  await page.getByLabel("work", { exact: true }).check();
  await page.getByLabel("Projects", { exact: true }).selectOption("some");
  await page.getByText("cannot have the scope work").waitFor();
});

test("a row of a new sweep that is removed takes its own text with it", async () => {
  await page.goto(`${base}/sweeps/new`);
  const batches = page.getByRole("group", { name: /^Batches/ });
  const rates = batches.getByLabel(/^Learning rates of batch/);
  await rates.first().fill("0.5");
  const [rows, second] = [await rates.count(), await rates.nth(1).inputValue()];
  expect(second).not.toBe("0.5");
  await batches.getByRole("button", { name: "remove" }).first().click();
  await expect.poll(() => rates.count()).toBe(rows - 1);
  expect(await rates.first().inputValue()).toBe(second);
});

test("empty pages and the API reference show how to send one's own runs, with a key filled in", async () => {
  for (const path of ["", "/runs", "/fits", "/transfer", "/imports"]) {
    await page.goto(`${product.etalon.url}/team/empty${path}`);
    await page.getByRole("heading", { name: "Send your own runs" }).waitFor();
    await page.getByText('project="empty"').waitFor();
  }
  await page.goto(`${product.etalon.url}/api-reference`);
  await page.getByRole("button", { name: "Make a key and fill it in" }).click();
  await page.getByText(/key="etl_[\w-]{16}/).waitFor();
  await page.getByRole("button", { name: "curl" }).click();
  await page.getByText(/^KEY=etl_[\w-]{16}/).waitFor();
});

test("a key is made for a project and rotated on the page", async () => {
  await page.goto(`${product.etalon.url}/team/settings/keys`);
  await page.getByLabel("Name", { exact: true }).fill("nightly");
  await page.getByLabel("Ends", { exact: true }).selectOption("in 30 days");
  await page.getByLabel("Whose", { exact: true }).selectOption("service");
  await page.getByLabel("Projects", { exact: true }).selectOption("some");
  await page.getByRole("group", { name: "Projects of the key" }).getByRole("checkbox").first().check();
  await page.getByRole("button", { name: "Make key" }).click();
  const shown = page.getByRole("status").filter({ hasText: "Copy this key now" }).locator("code");
  const keys = [await shown.innerText()];
  const row = page.getByRole("row", { name: /^nightly/ });
  await expect.poll(() => row.innerText()).toMatch(/the team’s[\s\S]*20\d\d-\d\d-\d\d/);
  await row.getByRole("button", { name: "Rotate" }).click();
  const dialog = page.getByRole("dialog", { name: "A new secret for “nightly”?" });
  await dialog.getByLabel("The secret of now ends").selectOption("0");
  await dialog.getByRole("button", { name: "Make a new secret" }).click();
  await page.getByText("The secret before of “nightly” has ended.").waitFor();
  keys.push(await shown.innerText());
  const answers = keys.map((key) =>
    fetch(`${product.etalon.url}/api/v1/runs?project=none`, { headers: { authorization: `Bearer ${key}` } }),
  );
  expect((await Promise.all(answers)).map((a) => a.status)).toEqual([401, 404]);
});

test("by keyboard alone: a project is made, a run is found, a table is sorted, and focus is always seen", async () => {
  await page.goto(`${product.etalon.url}/team`);
  await page.getByRole("button", { name: "New project" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "New project" }).waitFor();
  await expect.poll(() => focused(page)).toMatchObject({ inDialog: true });
  await page.getByLabel("Name").focus();
  await page.keyboard.type("By keys");
  await page.keyboard.press("Enter");
  await page.waitForURL(/by-keys/);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("curve lr 0.01 seed 2");
  await page.locator("#search-hits button").filter({ hasText: "curve lr 0.01 seed 2" }).first().waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "curve lr 0.01 seed 2" }).waitFor();
  await page.goto(`${base}/runs`);
  await page.getByRole("button", { name: "Final loss" }).focus();
  await page.keyboard.press("Enter");
  await page.locator('th[aria-sort="ascending"]').getByText("Final loss").waitFor();
  for (const path of ["/runs", "/fits", "/sweeps/new", "/transfer", `/recommendations/${filled.ids.recommendation}`]) {
    await page.goto(base + path);
    await page.locator("h1:visible").waitFor();
    await page.waitForLoadState("networkidle").catch(() => {}); // the event stream of a live page never ends
    await page.getByRole("link", { name: "Skip to content" }).focus();
    await page.keyboard.press("Enter");
    const seen = new Set<string>();
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press("Tab");
      const now = await focused(page);
      if (now.name === "BODY") break;
      expect(now, `${path} ${now.name}`).toMatchObject({ isOutlined: true, isInView: true });
      seen.add(now.name);
    }
    expect(seen.size, path).toBeGreaterThan(5);
  }
});

function focused(of: Page) {
  return of.evaluate(() => {
    const e = document.activeElement as HTMLElement;
    const style = getComputedStyle(e);
    const { top, bottom, left, right } = e.getBoundingClientRect();
    return {
      name: `${e.tagName} ${e.getAttribute("aria-label") ?? e.id} ${e.textContent?.slice(0, 30)}`.replace(
        /^BODY.*/,
        "BODY",
      ),
      isOutlined: style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) > 0,
      isInView: bottom > 0 && right > 0 && top < window.innerHeight && left < window.innerWidth,
      inDialog: e.closest("dialog") !== null,
    };
  });
}
