import axe from "axe-core";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { PAGES } from "../access";
import { cutTexts, overflow } from "./browser";
import { type Filled, fill } from "./filled";
import { signedIn } from "./signed-in";

/** Every page in a real browser: accessible, still, within the content policy; and what people do on them. */

const MOST_SHIFT = 0.05;

let filled: Filled;
let page: Page;
let base: string;

const product = signedIn("pages", async ({ etalon }) => {
  filled = await fill(etalon);
});
beforeAll(() => {
  page = product.page;
  base = `${product.etalon.url}/team/filled`;
});

function addresses(): string[] {
  const own = Object.keys(PAGES).filter((p) => p !== "/sign-out" && p !== "/sign-in/link");
  const named = own.map((path) => path.replaceAll(/\[(\w+)\]/g, (_, name) => filled.ids[name]!));
  return [
    ...named.map((p) => (p.endsWith("compare") ? `${p}?runs=${filled.runIds.join(",")}` : p)),
    `/team/filled/recommendations/${filled.ids.far}`,
    "/team/filled/runs?group=lr",
    `/team/filled/reports/${filled.ids.report}?edit=1`,
  ];
}

test("an address that names nothing is not found, whatever stands in it", async () => {
  const named = Object.keys(PAGES).filter((path) => /\[(?!team|project)\w+\]/.test(path));
  expect(named.length).toBeGreaterThan(5);
  for (const path of named)
    for (const nothing of ["abc", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"]) {
      const own = path
        .replace("[team]", "team")
        .replace("[project]", "filled")
        .replaceAll(/\[\w+\]/g, nothing);
      const answer = await product.context.request.get(product.etalon.url + own);
      expect([own, answer.status()]).toEqual([own, 404]);
    }
});

describe.each(["light", "dark"] as const)("every page, %s", (colorScheme) => {
  test.each([
    [1440, 900],
    [1024, 768],
    [390, 844],
  ])(
    "at %ix%i: no accessibility fault, nothing moves, nothing is cut, nothing is complained of",
    async (width, height) => {
      const context = await product.browser.newContext({
        viewport: { width, height },
        colorScheme,
        storageState: await product.context.storageState(),
        bypassCSP: false,
      });
      await context.addInitScript(SHIFTS);
      const wrong: string[] = [];
      const own = await context.newPage();
      own.on("console", (m) => m.type() === "error" && wrong.push(`${own.url()}: ${m.text()}`));
      own.on("pageerror", (e) => wrong.push(`${own.url()}: ${e.message}`));
      for (const path of addresses()) {
        await own.goto(product.etalon.url + path);
        await own.locator("h1:visible").first().waitFor();
        await own.waitForLoadState("networkidle").catch(() => {}); // the event stream of a live page never ends
        const { shift, moved } = await own.evaluate(() => {
          const { shift, moved } = window as unknown as { shift: number; moved: string[] };
          return { shift, moved };
        });
        if (shift >= MOST_SHIFT) wrong.push(`${path} moved by ${shift.toFixed(3)}: ${moved.join(" | ")}`);
        if ((await overflow(own)) > 0) wrong.push(`${path} is wider than its window`);
        wrong.push(...(await cutTexts(own)).map((text) => `${path} cuts ${text}`));
        // The same elements stand there at every width between: their faults would be the same.
        if (width !== 1024) wrong.push(...(await faults(own)).map((f) => `${path}: ${f}`));
      }
      await context.close();
      expect(wrong).toEqual([]);
    },
    120_000,
  );
});

/** Adds up what moves without having been asked to. */
const SHIFTS = `
  window.shift = 0;
  window.moved = [];
  new PerformanceObserver((list) => {
    for (const e of list.getEntries()) {
      if (e.hadRecentInput) continue;
      window.shift += e.value;
      for (const { node, previousRect: from, currentRect: to } of e.sources)
        window.moved.push((node?.className || node?.nodeName) + " " + [from.x, from.y, "to", to.x, to.y].join(" "));
    }
  }).observe({ type: "layout-shift", buffered: true });
`;

interface AxeResults {
  violations: { id: string; nodes: { target: unknown[]; failureSummary?: string }[] }[];
}

async function faults(of: Page): Promise<string[]> {
  // Not as a script element, which the content policy would refuse.
  await of.evaluate(axe.source);
  const { violations } = await of.evaluate(() =>
    (window as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
  );
  return violations.map(
    (v) =>
      `${v.id} ${v.nodes
        .map((n) => n.target.join(" "))
        .slice(0, 3)
        .join(" | ")}`,
  );
}

test("a report survives a reload and a click, and two people who write at once are told", async () => {
  const address = `${base}/reports/${filled.ids.report}?edit=1`;
  await page.goto(address);
  const text = page.getByLabel("Text (Markdown)");
  await text.fill("typed and never saved by hand");
  await page.reload();
  await expect.poll(() => page.getByLabel("Text (Markdown)").inputValue()).toBe("typed and never saved by hand");
  await page.getByRole("button", { name: "Saved" }).waitFor();
  await text.fill("typed just before a click");
  await page.getByRole("link", { name: "Transfer" }).first().click();
  await page.waitForURL(/transfer/);
  await page.goBack();
  await expect.poll(() => page.getByLabel("Text (Markdown)").inputValue()).toBe("typed just before a click");
  await page.getByRole("button", { name: "Saved" }).waitFor();
  const theirs = await filled.api.report.get.query({ team: "team", id: filled.ids.report! });
  await filled.api.report.save.mutate({
    team: "team",
    report: { id: theirs.id, title: theirs.title, body: "theirs", basedOn: theirs.updatedAt },
  });
  await text.fill("mine");
  await page.getByText("Somebody has saved another text").waitFor();
  expect((await filled.api.report.get.query({ team: "team", id: theirs.id })).body).toBe("theirs");
  await page.getByRole("button", { name: "Keep mine" }).click();
  await page.getByRole("button", { name: "Saved" }).waitFor();
  expect((await filled.api.report.get.query({ team: "team", id: theirs.id })).body).toBe("mine");
});

test("search finds what is in the project one is in, with fits, recommendations and reports", async () => {
  await filled.api.project.create.mutate({ team: "team", project: { name: "Newer", slug: "newer" } });
  await page.goto(`${base}/runs`);
  const first = async (text: string) => {
    await page.keyboard.press("Control+k");
    await page.getByLabel("Search text").fill(text);
    const hit = page.locator("#search-hits button").first();
    await expect.poll(() => hit.innerText()).toContain(text.split(" ")[0]);
    const said = await hit.innerText();
    await page.keyboard.press("Escape");
    return said.replaceAll(/\s+/g, " ");
  };
  expect(await first("curve lr 0.01 seed 2")).toBe("curve lr 0.01 seed 2 run");
  expect(await first("Law")).toBe("Law fit");
  expect(await first("Far")).toBe("Far recommendation");
  expect(await first("Study")).toBe("Study report");
});

test("the runs page: Back undoes a filter, a link in the side bar clears it, groups draw bands", async () => {
  await page.goto(`${base}/runs`);
  const filter = page.getByLabel("Filter runs");
  const told = page
    .getByRole("status")
    .filter({ hasText: /^\d+ runs?$/ })
    .first();
  await filter.pressSequentially("curve");
  await expect.poll(() => told.innerText()).toBe("6 runs");
  await page.getByLabel("Group by").selectOption("peakLr");
  await page.getByText("2 groups · mean and one standard deviation over 6 runs with points").waitFor();
  await page.getByText("peakLr 0.002, n = 3").waitFor();
  await page.goBack();
  await page.getByRole("link", { name: "curve lr 0.01 seed 0" }).waitFor();
  expect(await filter.inputValue()).toBe("curve");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Runs", exact: true }).click();
  await expect.poll(() => filter.inputValue()).toBe("");
  await expect.poll(() => told.innerText()).toBe("248 runs");
});

test("the runs page: all runs of a filter are compared, tagged and downloaded by one id", async () => {
  await page.goto(`${base}/runs?q=${encodeURIComponent("state = finished")}`);
  await page.getByLabel("Select all on this page").check();
  await page.getByRole("button", { name: "Choose all 240" }).click();
  await page.getByRole("button", { name: "Tags and notes" }).click();
  await page.getByLabel("Add tags").fill("bulk");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect
    .poll(
      async () =>
        (await filled.api.run.query.query({ team: "team", query: { project: "filled", filter: "tag = bulk" } })).total,
    )
    .toBe(240);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "table (CSV)" }).click();
  expect((await download).suggestedFilename()).toBe("etalon-runs.csv");
  await page.getByRole("button", { name: "Compare 240" }).click();
  await page.waitForURL(/compare\?selection=/);
  await page.getByRole("heading", { name: "Compare 240 runs" }).waitFor();
  await page.getByText("Curves: all. Table: 1 to 50.").waitFor();
  await page.getByRole("link", { name: "Next 50" }).click();
  await page.getByText("Table: 51 to 100.").waitFor();
});

test("a run's notes are written on its page", async () => {
  await page.goto(`${base}/runs/${filled.runIds[1]}`);
  await page.getByRole("button", { name: "edit" }).click();
  await page.getByLabel("Notes", { exact: true }).fill("the node was slow");
  await page.getByLabel("Tags, with commas between them").fill("slow, node 7");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("the node was slow").waitFor();
  expect(await page.title()).toBe("curve lr 0.01 seed 1 · Etalon");
});

test("the lab: a choice shows its curve and runs beside the law and is in the address; x asks for a reason", async () => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${base}/fits`);
  const item = page.getByRole("region", { name: "Curves" }).getByRole("button").first();
  await item.click();
  const runs = page.getByRole("region", { name: "Runs of the curve" });
  await runs.waitFor();
  expect(new URL(page.url()).searchParams.get("curve")).toBeTruthy();
  const [law, beside] = [await page.locator("[data-law]").first().boundingBox(), await runs.boundingBox()];
  expect(beside!.x).toBeGreaterThan(law!.x + law!.width - 1);
  await page.reload();
  await runs.waitFor();
  await item.focus();
  await page.keyboard.press("x");
  await expect.poll(() => page.getByLabel("Reason").evaluate((e) => e === document.activeElement)).toBe(true);
  expect(page.url()).not.toContain("excludedCurves");
  await page.keyboard.type("odd node");
  await page.keyboard.press("Enter");
  await expect.poll(() => new URL(page.url()).searchParams.get("fit")).toContain("odd node");
  const form = page.getByLabel("Form", { exact: true });
  const cut = await form.evaluate((e) => e.scrollWidth > e.clientWidth);
  expect(cut).toBe(false);
  await form.selectOption("step-law");
  await page.getByText(/n = \d+ optima of \d+ curves \(the best batch of each size and tokens\)/).waitFor();
});

test("advice: numbers as people write them, errors beside the field, far advice asks for a reason", async () => {
  await page.goto(`${base}/recommendations/new`);
  const tokens = page.getByLabel("Training tokens");
  await tokens.fill("ten billion");
  await page.getByText('"ten billion" is not a number; write 1e10, 10B or 256Ki').waitFor();
  await tokens.fill("10B");
  await page.getByText("needs the width that the rates of the law's runs are for").waitFor();
  await page.getByLabel("muP base width").fill("64");
  await page.getByLabel("Width").first().fill("2048");
  await page.getByText(/This target is far beyond the data/).waitFor();
  await page.getByText(/width 2048, data 32 to 64/).waitFor();
  await page.getByLabel("Shape of the decay").selectOption("linear");
  await page.getByLabel("Parametrization").selectOption("standard");
  await page.getByRole("button", { name: "Save as draft" }).click();
  await page.getByRole("button", { name: "torchtitan TOML" }).waitFor();
  await page.getByRole("button", { name: "Publish to the team" }).click();
  await page.getByLabel("Why it is published all the same").fill("nothing better");
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await page.getByText("nothing better").waitFor();
  await page.goto(`${product.etalon.url}/shared/${filled.ids.key}`);
  await page.getByText("Other forms on the same runs").waitFor();
  expect(await page.getByText("for us").count()).toBe(0);
});

test("the page that 0.1 called uploads is that of the imports; a file that is no table is named for what it is", async () => {
  await page.goto(`${base}/uploads`);
  expect(page.url()).toBe(`${base}/imports`);
  const file = { name: "events.out.tfevents.17.host", mimeType: "", buffer: Buffer.from("brain.Event:2") };
  await page.locator('input[type="file"][accept]').setInputFiles(file);
  await page.getByText(/this is a TensorBoard event file, which holds the course of runs/).waitFor();
});

test("prints: the lab says which law it is, the runs have all columns", async () => {
  await page.emulateMedia({ media: "print" });
  await page.setViewportSize({ width: 720, height: 1000 });
  await page.goto(`${base}/fits`);
  await page.locator("[data-law]").first().waitFor();
  await page.getByLabel("Form", { exact: true }).waitFor();
  await page.goto(`${base}/runs`);
  await page.getByRole("cell", { name: "finished" }).first().waitFor();
  const outside = await page
    .locator("main table")
    .first()
    .evaluate((t) => t.getBoundingClientRect().right - window.innerWidth);
  expect(outside).toBeLessThanOrEqual(0);
  const broken = await page.locator("main table td").evaluateAll((cells) =>
    cells.flatMap((cell) => {
      const range = document.createRange();
      range.selectNodeContents(cell);
      const isWord = !/[\s-]/.test(cell.textContent!.trim()) && !cell.querySelector("a");
      const lines = range.getBoundingClientRect().height / Number.parseFloat(getComputedStyle(cell).fontSize);
      return isWord && lines > 2 ? [cell.textContent] : [];
    }),
  );
  expect(broken).toEqual([]);
  await page.emulateMedia({ media: null });
  await page.setViewportSize({ width: 1440, height: 900 });
});

test("times are the same by link and by reload, wherever the browser is", async () => {
  const context = await product.browser.newContext({
    timezoneId: "Asia/Tokyo",
    storageState: await product.context.storageState(),
  });
  const own = await context.newPage();
  const problems: string[] = [];
  own.on("pageerror", (e) => problems.push(e.message));
  await own.goto(`${base}/runs/${filled.runIds[0]}`);
  const queued = () => own.locator("time").first().innerText();
  const loaded = await queued();
  expect(loaded).toMatch(/ UTC$/);
  await own.goto(`${base}/runs`);
  await own.getByRole("link", { name: "curve lr 0.01 seed 0" }).click();
  await own.getByRole("heading", { name: "curve lr 0.01 seed 0" }).waitFor();
  expect(await queued()).toBe(loaded);
  expect(problems).toEqual([]);
  await context.close();
});

test("people are invited in the settings by a link; what is missing is said within the frame", async () => {
  await page.emulateMedia({ media: null });
  await page.goto(`${product.etalon.url}/team/settings/people`);
  await page.getByLabel("E-mail of a colleague").fill("grace@example.org");
  await page.getByRole("button", { name: "Make invitation" }).click();
  await page.getByRole("button", { name: "Copy the link" }).waitFor();
  await page.getByRole("cell", { name: "grace@example.org" }).waitFor();
  await page.goto(`${base}/runs/00000000-0000-4000-8000-000000000000`);
  await page.getByRole("heading", { name: "Nothing is here" }).waitFor();
  await page.getByRole("navigation", { name: "Main" }).waitFor();
});
