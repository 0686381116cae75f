import { writeFile } from "node:fs/promises";
import type { BrowserContext, Locator, Page } from "playwright-core";
import type postgres from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FitResult } from "@/lib/fit";
import { queue, signIn } from "./api";
import { database, type Etalon, newKey, run } from "./etalon";
import { signedIn } from "./signed-in";
import { PER_SIZE, syntheticPaperTable } from "./synthetic-paper-runs";

/**
 * What a person does in the lab with the mouse on a canvas, and with the keyboard alone; what that leaves in the
 * database.
 */

let folder: string;
let etalon: Etalon;
let context: BrowserContext;
let page: Page;
let sql: postgres.Sql;

const product = signedIn("lab interaction", async (filled) => {
  ({ folder, etalon, context } = filled);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await writeFile(
    `${folder}/sizes.csv`,
    syntheticPaperTable((size) => PER_SIZE[size]!),
  );
  const imported = await run(`${folder}/data`, [
    "import",
    "table",
    `${folder}/sizes.csv`,
    "--project",
    "sizes",
    "--json",
  ]);
  expect(JSON.parse(imported.stdout)).toMatchObject({ created: 1152 });
  sql = await database(`${folder}/data`);
});
beforeAll(() => {
  page = product.page;
});
afterAll(() => sql?.end());

const labAt = (project: string, settings: object) =>
  `${etalon.url}/team/${project}/fits?fit=${encodeURIComponent(JSON.stringify(settings))}`;
const law = () => page.locator("[data-law]").first();
const curves = () => page.getByRole("region", { name: "Curves" }).getByRole("button");

/** Where on the page a marker of this colour lies in the first chart: the middle of a spot that is all of it. */
async function markerIn(canvas: Locator, [r, g, b]: [number, number, number]): Promise<{ x: number; y: number }> {
  const spot = await canvas.evaluate(
    (element, [red, green, blue]) => {
      const view = element as HTMLCanvasElement;
      const { data, width, height } = view.getContext("2d")!.getImageData(0, 0, view.width, view.height);
      const is = (x: number, y: number) => {
        const i = 4 * (y * width + x);
        return [red, green, blue].every((v, k) => Math.abs(data[i + k]! - v!) < 12);
      };
      const legend = 60;
      for (let y = legend; y < height - 4; y++)
        for (let x = 80; x < width - 4; x++) {
          const around = Array.from({ length: 49 }, (_, i) => [x - 3 + (i % 7), y - 3 + Math.floor(i / 7)] as const);
          if (around.every(([p, q]) => is(p, q)))
            return { x: x * (view.clientWidth / width), y: y * (view.clientHeight / height) };
        }
      return null;
    },
    [r, g, b] as [number, number, number],
  );
  const box = await canvas.boundingBox();
  if (!spot || !box) throw new Error(`no marker of the colour ${r}, ${g}, ${b}`);
  return { x: box.x + spot.x, y: box.y + spot.y };
}

/** Goes on by Tab alone until this has the focus. */
async function tabTo(target: Locator): Promise<void> {
  for (let i = 0; i < 250; i++) {
    if (await target.evaluate((e) => e === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error("250 presses of Tab did not reach it");
}

test("a click on a point of the canvas shows its runs; taking it out with a reason moves the fit; undo restores it", async () => {
  // Of the exact losses a surface is the same with and without a curve, to the digits that are shown.
  await page.goto(labAt("sizes", { form: "power-free", estimator: "ew" }));
  const before = await law().innerText();
  await page.getByText("(1000 draws)").waitFor();
  const canvas = page.locator("figure canvas").first();
  await canvas.scrollIntoViewIfNeeded();
  const { x, y } = await markerIn(canvas, [0, 122, 90]);
  await page.mouse.click(x, y);
  const runs = page.getByRole("region", { name: "Runs of the curve" });
  await expect.poll(() => runs.locator("tbody tr").count()).toBe(8);
  const chosen = page.getByRole("button", { pressed: true }).filter({ hasText: "batch" });
  expect(await chosen.innerText()).toContain("96.5M params");

  await page.getByLabel("Reason").fill("the clicked node was failing");
  await page.getByRole("button", { name: "Take the curve out" }).click();
  await expect.poll(() => law().innerText()).not.toBe(before);
  await page.getByText("the clicked node was failing").first().waitFor();
  await page.getByRole("button", { name: "undo" }).click();
  await expect.poll(() => law().innerText()).toBe(before);
});

test.each([
  ["Bits", { form: "power", estimator: "ew", weights: "se" }],
  ["Bits of a surface", { form: "power-free-size" }],
])("the fit of the browser's worker is the fit that the server stores, bit for bit: %s", async (name, settings) => {
  await page.goto(labAt("sizes", settings));
  await page.getByRole("button", { name: "Copy the fit as JSON" }).click();
  const inBrowser = await page.evaluate(() => navigator.clipboard.readText());
  await page.getByLabel("Name of the fit").fill(name);
  await page.getByRole("button", { name: "Save fit" }).click();
  await page.waitForURL(/\/fits\/[0-9a-f-]{36}$/);
  const [stored] = await sql<{ text: string }[]>`select result::text as text from fits where name = ${name}`;
  expect((JSON.parse(inBrowser) as FitResult).fit).toEqual((JSON.parse(stored!.text) as FitResult).fit);
  expect(inBrowser === stored!.text).toBe(true);
  await page.getByText("computed again just now: same result").waitFor();
  await page.getByRole("button", { name: "Copy the fit as JSON" }).click();
  expect((await page.evaluate(() => navigator.clipboard.readText())) === stored!.text).toBe(true);
});

test("the loss law comes from the worker with its picture and intervals", async () => {
  await page.goto(labAt("sizes", { form: "chinchilla" }));
  // The synthetic losses are 2 + 400 N^-0.34 + 400 T^-0.28 at the best batch and rate.
  await expect.poll(() => law().innerText(), { timeout: 60_000 }).toMatch(/^L = (2|1\.99|2\.0\d?) \+ .*N\^-0\.3[34]/);
  await page.getByRole("heading", { name: "Residuals: loss against the surface" }).waitFor();
  await page.getByText("By bootstrap over (size, tokens) cells.").waitFor({ timeout: 120_000 });
});

describe("queueing what a censored curve lacks", () => {
  const RATES = [0.001, 0.002, 0.004, 0.008, 0.016];
  let project: string;
  let sweepId: string;

  beforeAll(async () => {
    const queued = await queue(await signIn(etalon), { learningRates: RATES, tokens: [131_072, 262_144] });
    ({ project, sweepId } = queued);
    // Synthetic losses that fall up to the highest rate: both curves are cut off there.
    await sql`
      update runs set state = 'finished', finished_at = now(), final_loss = 2.5 + 0.1 * power(ln(peak_lr / 0.05), 2) / 10
      where sweep_id = ${sweepId}`;
    await sql`update jobs set state = 'finished' where sweep_id = ${sweepId}`;
  });

  const stored = async () => {
    const rows = await sql<{ lr: number; tokens: number; state: string }[]>`
      select peak_lr as lr, tokens, state from runs where sweep_id = ${sweepId} order by tokens, peak_lr`;
    return rows.filter((r) => r.state === "queued").map((r) => `${r.lr} ${r.tokens}`);
  };

  test("with the mouse: the cost first, then exactly the missing runs", async () => {
    await page.goto(labAt(project, {}));
    await page.getByRole("button", { name: "Show the first censored curve" }).click();
    await page.getByText(/^2 runs, .* tokens, no worker online/).waitFor();
    expect(await stored()).toEqual([]);
    await page.getByRole("button", { name: "Queue LR 0.032 and 0.064" }).click();
    await page.getByText("The sweep has 0.032 and 0.064 queued already.").waitFor();
    expect(await stored()).toEqual(["0.032 131072", "0.064 131072"]);
    const [audit] = await sql<{ n: number }[]>`select count(*)::int as n from audit_log where action = 'sweep.add'`;
    expect(audit!.n).toBe(1);
  });

  test("with the keyboard alone: walk the curves, read the cost, queue, take one out and in again", async () => {
    await page.goto(labAt(project, {}));
    await curves().first().waitFor();
    await tabTo(curves().first());
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => curves().nth(1).getAttribute("aria-pressed")).toBe("true");
    const button = page.getByRole("button", { name: "Queue LR 0.032 and 0.064" });
    await page.getByText(/^2 runs, .* tokens/).waitFor();
    await tabTo(button);
    await page.keyboard.press("Enter");
    await page.getByText("queued already").waitFor();
    expect(await stored()).toEqual(["0.032 131072", "0.064 131072", "0.032 262144", "0.064 262144"]);

    await page.goto(labAt("sizes", { form: "power-free" }));
    const before = await law().innerText();
    await tabTo(curves().first());
    await page.keyboard.press("x");
    await expect.poll(() => page.getByLabel("Reason").evaluate((e) => e === document.activeElement)).toBe(true);
    await page.keyboard.type("odd node");
    expect(await law().innerText()).toBe(before);
    await page.keyboard.press("Enter");
    await expect.poll(() => law().innerText()).not.toBe(before);
    await curves().first().focus();
    await page.keyboard.press("x");
    await expect.poll(() => law().innerText()).toBe(before);
  });
});

test("an import is undone in the browser after its file's name was typed", async () => {
  const [header, ...rows] = syntheticPaperTable(() => ({ a: 4.6, b: -0.51 })).split("\n");
  await writeFile(`${folder}/few.csv`, [header, ...rows.slice(0, 8)].join("\n"));
  const losses = () => sql`select id, final_loss from runs where source = 'table' order by id`.then((r) => [...r]);
  const before = await losses();
  await page.goto(`${etalon.url}/team/sizes/imports`);
  await page.locator("#content input[type=file][accept]").setInputFiles(`${folder}/few.csv`);
  await page.getByRole("button", { name: "Import 8 runs" }).click();
  await page.getByText("8 rows: 0 new runs, 8 updated, 0 unchanged.").waitFor();
  expect(await losses()).not.toEqual(before);

  await page.getByRole("button", { name: "Undo the import of few.csv" }).click();
  const dialog = page.getByRole("dialog", { name: "Undo the import of few.csv" });
  await dialog.getByText("8 runs that it changed get back what they were.").waitFor();
  const undo = dialog.getByRole("button", { name: "Undo the import" });
  expect(await undo.isDisabled()).toBe(true);
  await dialog.getByLabel("To confirm, type few.csv").fill("few.csv");
  await undo.click();
  await page.getByText(/^undone/).waitFor();
  expect(await losses()).toEqual(before);
});

test("runs that say billions of tokens, millions of parameters or steps: units are chosen, seen in the preview and saved", async () => {
  const key = await newKey(`${folder}/data`, "read,write");
  const api = await signIn(etalon);
  const { slug } = await api.project.create.mutate({ team: "team", project: { name: "Units" } });
  for (const lr of ["1e-3", "2e-3", "4e-3"]) {
    const config = { lr, bs: 8, seq: 64, "D (B)": 0.002_097_152, steps: 4_096, n: 0.026_624 };
    const headers = { authorization: `Bearer ${key}` };
    const created = await fetch(`${etalon.url}/api/v1/runs`, {
      ...{ method: "POST", headers },
      body: JSON.stringify({ project: slug, name: `lr ${lr}`, config }),
    });
    const { id } = (await created.json()) as { id: string };
    const finish = { method: "POST", headers, body: JSON.stringify({ state: "finished", finalLoss: 2.5 }) };
    expect((await fetch(`${etalon.url}/api/v1/runs/${id}/finish`, finish)).status).toBe(200);
  }
  await page.goto(`${etalon.url}/team/${slug}/imports`);
  const panel = page
    .locator("section")
    .filter({ has: page.getByRole("heading", { name: "Dimensions of runs from other programs" }) });
  const cells = async () => (await panel.getByRole("row", { name: /^lr 1e-3/ }).innerText()).split(/\s*\t\s*/).slice(1);
  await panel.getByLabel("Sequence length").fill("seq");
  await panel.getByLabel(/^Batch.*sequences/).fill("bs");
  await panel.getByLabel("Params, total (parameters)", { exact: true }).fill("n");
  await panel.getByLabel("Unit of Params, total").selectOption({ label: "in millions (M) of parameters" });
  const tokens = panel.getByLabel("Tokens T (tokens)", { exact: true });
  const unit = panel.getByLabel("Unit of Tokens T");
  await unit.selectOption({ label: "in billions (B) of tokens" });
  await tokens.fill("`D (B)`");
  await expect.poll(cells).toEqual(expect.arrayContaining(["2097152", "26624"]));
  await tokens.fill("steps");
  await unit.selectOption({ label: "in steps" });
  await panel.getByText("More dimensions").click();
  await panel.getByLabel("Loss taken as").fill("minimum");
  await expect.poll(cells).toEqual(expect.arrayContaining(["2097152", "26624", "minimum"]));
  await panel.getByRole("button", { name: "Save and apply" }).click();
  await panel.getByText("Applied to 3 runs.").waitFor();
  const runs = await sql`
    select peak_lr as lr, batch_seqs as batch, tokens, params_total as n, loss_taken as taken
    from runs r join projects p on p.id = r.project_id where p.slug = ${slug} order by peak_lr`;
  expect([...runs]).toEqual(
    [0.001, 0.002, 0.004].map((lr) => ({ lr, batch: 8, tokens: 2_097_152, n: 26_624, taken: "minimum" })),
  );
  await page.reload();
  expect([await tokens.inputValue(), await unit.locator("option:checked").innerText()]).toEqual(["steps", "in steps"]);
  await page.goto(labAt(slug, {}));
  await page.getByText("26.6k params").first().waitFor();
});

test("the bell counts what watched recommendations have met with, and marks it as read", async () => {
  await page.goto(labAt("sizes", { form: "power" }));
  const [fit] = await sql<{ id: string }[]>`select id from fits where name = 'Bits'`;
  const api = await signIn(etalon);
  const target = { batchSeqs: 1024, seqLen: 4096, tokens: 1e12, width: 512, baseWidth: 512, params: 96.47e6 };
  const { id } = await api.recommendation.create.mutate({
    team: "team",
    recommendation: { fitId: fit!.id, title: "Large run", target },
  });
  // Whoever acts is not told of it herself, and there is one person here: the entry is as another's act would leave it.
  await sql`
    with event as (
      insert into notification_events (team_id, cause, kind, project_id, recommendation_id)
      select team_id, 'commented', 'commented', project_id, id from recommendations where id = ${id}
      returning id, team_id
    )
    insert into notifications (team_id, user_id, event_id)
    select e.team_id, r.created_by, e.id from event e, recommendations r where r.id = ${id}`;
  await page.reload();
  await page.getByRole("button", { name: "Notifications, 1 unread" }).click();
  const list = page.getByRole("region", { name: "Notifications" });
  await list.getByText("has a new comment").waitFor();
  await list.getByRole("button", { name: "Mark all as read" }).click();
  await page.getByRole("button", { name: "Notifications, 0 unread" }).waitFor();
  await page.keyboard.press("Escape");
  await list.waitFor({ state: "hidden" });
  expect(product.errors).toEqual([]);
});
