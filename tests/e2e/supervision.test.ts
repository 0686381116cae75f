import { spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openBrowser, signInWith } from "./browser";
import {
  type Etalon,
  isAgent,
  killAll,
  newKey,
  processesOf,
  remove,
  sleep,
  start,
  temporaryFolder,
  until,
} from "./etalon";

/** What the server stands on dies without warning: it is started again, a few times, and the server says so. */

let folder: string;
let dataDir: string;
let etalon: Etalon;

beforeEach(async () => {
  folder = await temporaryFolder("etalon supervision ");
  dataDir = `${folder}/data`;
});
afterEach(async () => {
  await killAll(dataDir);
  await remove(folder);
});

const postmaster = async () =>
  Number((await readFile(join(dataDir, "postgres/cluster/postmaster.pid"), "utf8")).split("\n")[0]);
const health = () => fetch(`${etalon.url}/api/health`).then((r) => r.status);
/** Kills the database without a chance to say anything, once it answers. */
async function killDatabase(): Promise<void> {
  await until("the database answers", 60, async () => (await health()) === 200);
  process.kill(await postmaster(), "SIGKILL");
}

test("a killed database is started again; what was acknowledged is there once, and ingest goes on", async () => {
  etalon = await start({ dataDir, flags: ["--no-worker", "--no-quickstart"] });
  const key = await newKey(dataDir, "read,write");
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const call = (path: string, body: unknown) =>
    fetch(`${etalon.url}/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const { id } = (await (await call("/runs", { project: "kept", config: {} })).json()) as { id: string };
  const send = (seq: number) =>
    call(`/runs/${id}/metrics`, { writer: "w", seq, series: [{ metric: "loss", steps: [seq], values: [seq] }] });
  const browser = await openBrowser();
  const page = await browser.newPage();
  await signInWith(page, etalon.signIn);
  const seen = new Set<number>();
  for (let seq = 0; seq < 40; seq++) {
    if (seq === 10 || seq === 25) await killDatabase();
    await until(`batch ${seq} is taken`, 60, async () => {
      const { status } = await send(seq);
      seen.add(status);
      return status === 200;
    });
  }
  expect([...seen].sort()).toEqual([200, 503]);
  const points = await fetch(`${etalon.url}/api/v1/runs/${id}/points`, { headers });
  expect((await points.text()).trim().split("\n")).toHaveLength(41);
  expect(etalon.stderr.match(/the embedded PostgreSQL runs again/g)).toHaveLength(2);
  expect(etalon.stderr).toContain("the embedded PostgreSQL has ended");
  const note = page.getByText(/^The database ended unexpectedly at .* UTC and runs again since .* UTC \(start 2 of 5/);
  await note.waitFor({ timeout: 40_000 });
  expect(new URL(page.url()).pathname).toBe("/team");
  await browser.close();
  expect((await etalon.stop()).code).toBe(0);
});

test("a database that will not live is given up with exit code 70, and nothing is left behind", async () => {
  etalon = await start({ dataDir, flags: ["--no-quickstart"] });
  const killing = setInterval(() => {
    postmaster()
      .then((pid) => process.kill(pid, "SIGKILL"))
      .catch(() => {}); // there is none at the moment
  }, 300);
  const exit = await etalon.exited.finally(() => clearInterval(killing));
  expect(exit.code).toBe(70);
  expect(exit.stderr).toMatch(/the embedded PostgreSQL ended 6 times within ten minutes, last: .*; given up/);
  await until("nothing is left", 20, async () => (await processesOf(dataDir)).length === 0);
});

test("a killed worker is started again; one that ends in order stays ended", async () => {
  etalon = await start({ dataDir, flags: ["--no-quickstart"] });
  const agent = (but = 0) =>
    until("a worker runs", 60, async () => (await processesOf(dataDir)).find((p) => isAgent(p) && p.pid !== but));
  const first = await agent();
  process.kill(first.pid, "SIGKILL");
  const second = await agent(first.pid);
  expect(etalon.stderr).toMatch(/the local worker, whose log is .*, has ended \(SIGKILL\); started again in 1 s/);
  const { restarts } = (await (await fetch(`${etalon.url}/api/health`)).json()) as { restarts: unknown[] };
  expect(restarts).toMatchObject([{ part: "worker", attempt: 1, attempts: 5, runsAgainAt: expect.any(String) }]);
  await until("it has registered", 60, async () => (await readFile(join(dataDir, "worker.log"), "utf8")).length > 0);
  process.kill(second.pid, "SIGTERM");
  await until("that is said", 20, () => etalon.stderr.includes("the local worker has ended in order"));
  expect((await processesOf(dataDir)).filter(isAgent)).toEqual([]);
  expect((await etalon.stop()).code).toBe(0);
});

const mountAt = (place: string) =>
  spawnSync("mount", ["-t", "tmpfs", "-o", "size=300m,mode=755", "tmpfs", place]).status === 0;

/** Whether this machine lets us make a small file system, which can be filled. */
function canMount(): boolean {
  const place = mkdtempSync(join(tmpdir(), "etalon-mount-"));
  const mounted = mountAt(place);
  if (mounted) spawnSync("umount", ["-l", place]);
  rmdirSync(place);
  return mounted;
}

test.runIf(canMount())(
  "a full disk is answered with 507, and ingest goes on by itself when there is space",
  async () => {
    const disk = `${folder}/disk`;
    await mkdir(disk);
    expect(mountAt(disk)).toBe(true);
    dataDir = `${disk}/data`;
    try {
      etalon = await start({ dataDir, flags: ["--no-worker", "--no-quickstart"] });
      const key = await newKey(dataDir, "read,write");
      const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
      const call = (path: string, body: unknown) =>
        fetch(`${etalon.url}/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
      const { id } = (await (await call("/runs", { project: "kept", config: {} })).json()) as { id: string };
      let seq = 0;
      const send = async () => {
        const steps = Array.from({ length: 5_000 }, (_, i) => seq * 5_000 + i);
        const values = steps.map((step) => Math.sin(step));
        const answer = await call(`/runs/${id}/metrics`, {
          writer: "w",
          seq,
          series: [{ metric: "loss", steps, values }],
        });
        const text = await answer.text();
        if (answer.ok) seq++;
        return { status: answer.status, text };
      };
      while (seq < 4) expect((await send()).status).toBe(200);
      spawnSync("dd", ["if=/dev/zero", `of=${disk}/ballast`, "bs=1M"]);
      const full = await until("a batch is refused for want of space", 120, async () => {
        const { status, text } = await send();
        return status === 507 && text;
      });
      expect(full).toMatch(/disk is full.*free space/);
      await sleep(8_000); // it goes on being tried
      await rm(`${disk}/ballast`);
      await until("a batch is taken again", 120, async () => (await send()).status === 200);
      const points = await (await fetch(`${etalon.url}/api/v1/runs/${id}/points`, { headers })).text();
      expect(points.trim().split("\n")).toHaveLength(5_000 * seq + 1);
      expect((await etalon.stop()).code).toBe(0);
    } finally {
      await killAll(dataDir);
      spawnSync("umount", ["-l", disk]);
    }
  },
);
