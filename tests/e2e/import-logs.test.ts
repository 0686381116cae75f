import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./etalon";
import { signedIn } from "./signed-in";

const CASES = join(ROOT, "lib", "import", "text", "cases");
const LENGTHS = [200, 400, 800];
const BATCHES = [8, 16];
const RATES = [2, 4, 8, 16, 32];

const s = signedIn("logs", async ({ folder }) => {
  const logs = join(folder, "my logs");
  for (const name of ["megatron-2021", "no-points", "mlperf"])
    cpSync(join(CASES, name, "input"), join(logs, "others", name), { recursive: true });
  for (const iters of LENGTHS)
    for (const batch of BATCHES)
      for (const rate of RATES) {
        const run = join(logs, "sweep", `${iters}-${batch}-${rate}`);
        mkdirSync(run, { recursive: true });
        writeFileSync(join(run, "train.log"), logOf(iters, batch, rate * 1e-4));
      }
});

/** A log as nanoGPT writes it, with a best rate that grows with the batch and falls with the square root of the length. */
function logOf(iters: number, batch: number, lr: number): string {
  const away = Math.log(lr / (8e-4 * Math.sqrt((400 * batch) / (8 * iters))));
  const wobble = 1 + 0.0004 * Math.sin(iters + 7 * batch + 1e4 * lr);
  const at = (i: number) =>
    (3 + 2 / Math.sqrt(1 + i) - 0.1 * Math.log2(iters / 200)) * (1 + 0.01 * away * away) * wobble;
  const lines = [
    `learning_rate = ${lr}`,
    `batch_size = ${batch}`,
    "gradient_accumulation_steps = 4",
    "block_size = 256",
  ];
  lines.push(`max_iters = ${iters}`, `tokens per iteration will be: ${1_024 * batch}`, "my_size: 10.65M");
  for (let i = 0; i <= iters; i += 10) {
    if (i % 100 === 0) lines.push(`step ${i}: train loss ${at(i).toFixed(4)}, val loss ${(at(i) + 0.01).toFixed(4)}`);
    lines.push(`iter ${i}: loss ${at(i).toFixed(4)}, time 120.00ms, mfu 31.00%`);
  }
  return `${lines.join("\n")}\n`;
}

const COUNT = LENGTHS.length * BATCHES.length * RATES.length + 2;

test("a folder of mixed logs becomes runs, a law and a published rate; again nothing new; undo takes it away", {
  timeout: 240_000,
}, async () => {
  const { page } = s;
  const main = page.getByRole("main");
  const imports = `${s.etalon.url}/team/gpt/imports`;
  await page.getByRole("button", { name: "New project" }).click();
  await page.getByLabel("Name").fill("gpt");
  await page.getByRole("button", { name: "Make project" }).click();
  await page.waitForURL(/\/team\/gpt$/);
  await page.goto(imports);
  const choose = () => page.locator("input[webkitdirectory]").setInputFiles(join(s.folder, "my logs"));

  await choose();
  await page.getByText(`${COUNT} runs found in my logs`).waitFor();
  expect(await main.innerText()).toContain("no points found: no format knows");
  expect(await main.innerText()).toContain("For a law these are missing: tokens of 1 run");
  await page.getByText("How settings are read as dimensions").click();
  await page.getByText("More dimensions").click();
  await page.getByLabel("Params, total").first().fill("my_size");
  await page.getByRole("button", { name: `Import ${COUNT} runs` }).click();
  await page.getByText(`${COUNT} new runs, 0 updated, 0 unchanged`).waitFor();
  await page.getByRole("region", { name: "Imports" }).getByRole("cell", { name: "my logs", exact: true }).waitFor();
  const curves = page.getByRole("region", { name: "Curves of these runs" });
  await page.getByText(/^These runs lie on \d+ curves: \d+ with an optimum/).waitFor();
  expect(await curves.getByRole("row").count()).toBeGreaterThan(LENGTHS.length * BATCHES.length);

  await page.goto(imports);
  await choose();
  await page.getByRole("button", { name: `Import ${COUNT} runs` }).click();
  await page.getByText(`0 new runs, 0 updated, ${COUNT} unchanged`).waitFor();

  await page.goto(`${s.etalon.url}/team/gpt/fits`);
  const text = await page.locator("[data-law]").first().innerText();
  // planted: the best rate goes with batch^0.5 and tokens^-0.5 at a batch, each run having batch * iterations tokens
  const coefficient = (name: string) => Number(new RegExp(`${name} = (-?[\\d.e-]+)`).exec(text)?.[1]);
  expect(coefficient("b")).toBeCloseTo(-0.5, 1);
  expect(coefficient("c")).toBeCloseTo(1, 1);
  await page.getByLabel("Name of the fit").fill("Law of logs");
  await page.getByRole("button", { name: "Save fit" }).click();
  await page.getByRole("link", { name: "Make a recommendation" }).click();
  await page.getByLabel("Parametrization").selectOption("standard");
  await page.getByRole("textbox", { name: "Title" }).fill("From our logs");
  await page.getByRole("button", { name: "Save as draft" }).click();
  await page.getByRole("button", { name: "Publish to the team" }).click();
  await page.getByRole("button", { name: "Publish to the team" }).waitFor({ state: "detached" });
  await main.getByText("From our logs").first().waitFor();

  await page.goto(imports);
  await page.getByRole("button", { name: /undo/i }).first().click();
  await page.getByRole("dialog").getByRole("textbox").fill("my logs");
  await page.getByRole("dialog").getByRole("button", { name: /undo/i }).click();
  await page
    .getByText(/undone/)
    .first()
    .waitFor();
  await page.goto(`${s.etalon.url}/team/gpt/runs`);
  await page
    .getByText(/no runs/i)
    .first()
    .waitFor();
  expect(s.errors).toEqual([]);
});
