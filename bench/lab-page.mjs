import { execFileSync, spawn } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import chromium from "@sparticuz/chromium";
import { chromium as driver } from "playwright-core";
import { freePort } from "../os/net.ts";
import { ROOT, say } from "./report.mjs";

const BIN = join(ROOT, "bin", "etalon.mjs");
const VISITS = 5;

/**
 * Milliseconds from asking for the lab page of a project with these runs until its law stands there, and until its
 * chart is drawn.
 */
export async function measurePage(csv) {
  const folder = await mkdtemp(join(tmpdir(), "etalon-bench-lab-"));
  await chmod(folder, 0o755); // the database's user must be able to enter it
  const env = { ...process.env, PORT: String(await freePort()), ETALON_DATA_DIR: join(folder, "data") };
  await writeFile(join(folder, "runs.csv"), csv);
  say("starting the product");
  const child = spawn(process.execPath, [BIN, "start", "--no-worker", "--no-quickstart"], { env, stdio: "ignore" });
  try {
    const url = `http://127.0.0.1:${env.PORT}`;
    await until(async () => (await fetch(`${url}/api/health`).catch(() => null))?.ok);
    execFileSync(process.execPath, [BIN, "import", "table", join(folder, "runs.csv"), "--project", "bench"], {
      env,
      stdio: "ignore",
    });
    const link = execFileSync(process.execPath, [BIN, "sign-in-link"], { env, encoding: "utf8" }).match(/http\S+/)[0];
    return await visits(link);
  } finally {
    child.kill("SIGTERM");
    await new Promise((done) => child.once("exit", done));
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

async function visits(link) {
  const browser = await driver.launch({
    executablePath: process.env.CHROMIUM ?? (await chromium.executablePath()),
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(link);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL((u) => u.pathname.split("/").length === 2 && u.pathname !== "/");
    const lab = `${page.url()}/bench/fits`;
    const [law, drawn] = [[], []];
    for (let i = 0; i <= VISITS; i++) {
      const begun = performance.now();
      await page.goto(lab, { waitUntil: "commit" });
      await page.locator("[data-law]").first().waitFor();
      const stands = performance.now() - begun;
      await page
        .locator("figure", { has: page.locator("[data-law]") })
        .locator("[data-drawn]")
        .waitFor();
      // The first visit compiles on the server.
      if (i > 0) law.push(stands);
      if (i > 0) drawn.push(performance.now() - begun);
      // The page's worker goes on for a while: a visit that begins meanwhile would measure both.
      await page.getByRole("button", { name: "Copy the fit as JSON" }).waitFor();
    }
    return { law, drawn };
  } finally {
    await browser.close();
  }
}

async function until(ready) {
  for (let i = 0; i < 1_200; i++) {
    if (await ready()) return;
    await new Promise((done) => setTimeout(done, 250));
  }
  throw new Error("the product did not start within five minutes");
}
