import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { start, until } from "./etalon";
import { signedIn } from "./signed-in";

/** What people see while the database is away: an outage, never a page to sign in on, and it heals by itself. */

const s = signedIn("outage", async () => {});

const postmaster = async () =>
  Number((await readFile(join(s.dataDir, "postgres/cluster/postmaster.pid"), "utf8")).split("\n")[0]);
const health = () => fetch(`${s.etalon.url}/api/health`).then((r) => r.status);

/** Keeps the database away until the returned function is called. It has to be ended fewer than six times. */
async function databaseAway(): Promise<() => void> {
  const ended = new Set<number>();
  const end = async () => {
    const pid = await postmaster().catch(() => 0);
    if (pid === 0 || ended.has(pid) || ended.size > 3) return;
    try {
      process.kill(pid, "SIGKILL");
      ended.add(pid);
    } catch {
      // ended already
    }
  };
  await end();
  const timer = setInterval(end, 50);
  await until("the server says so", 30, async () => (await health()) === 503);
  return () => clearInterval(timer);
}

async function sees(page: Page, path: string): Promise<void> {
  await page.goto(s.etalon.url + path);
  await page.getByRole("heading", { name: "The database is away" }).waitFor();
  await page.getByText("this page comes back by itself").waitFor();
  expect(new URL(page.url()).pathname).toBe(path);
  expect(await page.getByText("Sign in").count()).toBe(0);
}

test("an outage of the database looks like one on every kind of page, and heals where one stands", async () => {
  const comeBack = await databaseAway();
  await sees(s.page, "/team");
  const other = await s.context.newPage();
  await sees(other, "/team/settings");
  comeBack();
  await s.page.getByRole("heading", { name: "Projects" }).waitFor({ timeout: 60_000 });
  await other.getByRole("heading", { name: "Team", exact: true }).waitFor({ timeout: 60_000 });
  expect(new URL(s.page.url()).pathname).toBe("/team");
  await s.page.getByText("owner@etalon.local").or(s.page.getByText("sign out")).first().waitFor();
  await other.close();
});

test("a page that is open while its server is stopped says so, and goes on with the next one", async () => {
  await s.page.goto(`${s.etalon.url}/team`);
  await s.page.getByText("live", { exact: true }).waitFor();
  await s.etalon.stop();
  await s.page.getByText("reconnecting").waitFor();
  expect(new URL(s.page.url()).pathname).toBe("/team");
  const port = Number(new URL(s.etalon.url).port);
  s.etalon = await start({ dataDir: s.dataDir, port, flags: ["--no-quickstart", "--no-worker"] });
  await s.page.getByText("live", { exact: true }).waitFor({ timeout: 60_000 });
  await s.page.getByRole("link", { name: "Settings" }).click();
  await s.page.getByRole("heading", { name: "Team", exact: true }).waitFor();
});
