import { execFile, spawn } from "node:child_process";
import { chmod, chown, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePort } from "@/os/net";
import {
  Etalon,
  isAgent,
  isTrainer,
  killAll,
  launch,
  newKey,
  processesOf,
  ROOT,
  remove,
  run,
  sleep,
  start,
  temporaryFolder,
  until,
} from "./etalon";

/** Things that go wrong around the server's own life: starting, stopping, and starting again. */

const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;
/** Another user that every Debian has: www-data. */
const USER = 33;
let folder: string;
let dataDir: string;

beforeEach(async () => {
  folder = await temporaryFolder("etalon faults ");
  dataDir = join(folder, "data with spaces");
});

afterEach(async () => {
  await killAll(dataDir);
  await remove(folder);
});

describe("refused with one clear line and an exit code", () => {
  const refused = async (options: Partial<Parameters<typeof launch>[0]>, line: RegExp) => {
    const etalon = await launch({ dataDir, flags: ["--no-worker", "--no-quickstart"], ...options });
    const exit = await etalon.exited;
    expect(exit.code).toBe(1);
    expect(exit.stdout).toBe("");
    const lines = exit.stderr.trim().split("\n");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(line);
    expect(await processesOf(options.dataDir ?? dataDir)).toEqual([]);
  };

  test("a second start on the same data directory; the first goes on", async () => {
    const first = await start({ dataDir, flags: ["--no-worker", "--no-quickstart"] });
    const second = await launch({ dataDir, flags: ["--no-worker"] });
    const exit = await second.exited;
    expect([exit.code, exit.stdout]).toEqual([1, ""]);
    expect(exit.stderr.trim()).toBe(
      `etalon: ${dataDir} is in use by the server at ${first.url} (process ${first.pid}); stop it first`,
    );
    expect((await fetch(`${first.url}/api/health`)).status).toBe(200);
    await first.stop();
  });

  test("of five starts at once on one data directory one lives", async () => {
    const all = await Promise.all(
      Array.from({ length: 5 }, () => launch({ dataDir, flags: ["--no-worker", "--no-quickstart"] })),
    );
    await until("four have ended", 30, () => all.filter((e) => e.child.exitCode !== null).length === 4);
    const living = all.find((e) => e.child.exitCode === null)!;
    await until("one is ready", 30, () => living.stdout.includes("sign in: "));
    expect(all.filter((e) => e.child.exitCode === 1)).toHaveLength(4);
    for (const ended of all.filter((e) => e !== living)) expect(ended.stderr).toMatch(/is in use by/);
    await living.stop();
  });

  test("a taken port", async () => {
    const port = await freePort();
    const other = createServer().listen(port, "127.0.0.1");
    await refused({ port }, /^etalon: PORT: \d+ on 127.0.0.1 is taken by another program/);
    other.close();
  });

  test("a file where the data directory should be", async () => {
    await writeFile(dataDir, "");
    await refused({}, /^etalon: ETALON_DATA_DIR: .* cannot be written \((EEXIST|ENOTDIR)\)/);
  });

  test.runIf(isRoot)("a folder of somebody else", async () => {
    await mkdir(dataDir, { mode: 0o755 });
    await refused({ uid: NOBODY }, /^etalon: ETALON_DATA_DIR: .* cannot be written \((EACCES|EPERM)\)/);
  });

  test.runIf(isRoot)("the database of another user, before anything is changed", async () => {
    await mkdir(dataDir);
    await chown(dataDir, USER, USER);
    const env = { DATABASE_URL: "" };
    const commands = ["key", "create", "--scopes", "read"];
    const asUser = await runAs(USER, dataDir, commands);
    expect([asUser.code, asUser.stderr]).toEqual([0, expect.any(String)]);
    await refused(
      { env },
      /^etalon: ETALON_DATA_DIR: the database in .* belongs to user \d+; start it as that user again/,
    );
    const about = await stat(dataDir);
    expect([about.uid, about.mode & 0o777]).toEqual([USER, 0o700]);
    expect((await runAs(USER, dataDir, commands)).code).toBe(0);
  });

  test.runIf(isRoot)("a user without a name, whom initdb would not find", async () => {
    await mkdir(dataDir);
    await chown(dataDir, 54_321, 54_321);
    await refused({ uid: 54_321 }, /^etalon: no user has the number 54321, .* set DATABASE_URL/);
    expect(await readdir(dataDir)).toEqual([]);
  });

  test("listening to the network without a secret and a public address", async () => {
    await refused({ env: { HOST: "0.0.0.0" } }, /^etalon: HOST: listening on 0.0.0.0 is refused until AUTH_SECRET and/);
    await refused({ env: { HOST: "0.0.0.0", AUTH_SECRET: "s".repeat(40) } }, /ETALON_PUBLIC_URL/);
    await refused({ env: { HOST: "::", ETALON_PUBLIC_URL: "https://etalon.example" } }, /AUTH_SECRET/);
  });

  test("settings that make no sense", async () => {
    await refused({ env: { PORT: "eighty" } }, /^etalon: PORT: "eighty" is not a port number/);
    await refused({ env: { ETALON_PUBLIC_URL: "https://host/etalon" } }, /^etalon: ETALON_PUBLIC_URL: .* has a path/);
    await refused(
      { env: { DATABASE_URL: "postgres://u:p@127.0.0.1:1/x" } },
      /DATABASE_URL: the database does not answer/,
    );
    await refused({ env: { ETALON_PUBLIC_URL: "nowhere" } }, /^etalon: ETALON_PUBLIC_URL: "nowhere" is not a URL/);
    await refused({ flags: ["--no-such-flag"] }, /^etalon: .*--no-such-flag/);
  });
});

describe("SIGTERM and Ctrl-C", () => {
  test.each(["SIGTERM", "SIGINT"] as const)("%s ends everything within 10 s and gives the job back", async (signal) => {
    const etalon = await start({ dataDir });
    await until(
      "two trainers are at work",
      60,
      async () => (await processesOf(dataDir)).filter(isTrainer).length === 2,
    );
    await sleep(500);
    const exit = await etalon.stop(signal);
    expect(exit.code).toBe(0);
    expect(exit.stopSeconds).toBeLessThan(10);
    expect(await processesOf(dataDir)).toEqual([]);
    const log = await readFile(join(dataDir, "worker.log"), "utf8");
    expect(log.match(/job \S+ given back/g)).toHaveLength(2);

    const again = await start({ dataDir, flags: ["--no-worker"] });
    const key = await newKey(dataDir, "read");
    const text = await (
      await fetch(`${again.url}/api/v1/runs?project=quickstart&format=jsonl`, {
        headers: { authorization: `Bearer ${key}` },
      })
    ).text();
    const states = new Set(
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).state),
    );
    expect(states).not.toContain("running");
    expect(states).not.toContain("failed");
    await again.stop();
  });

  // How long it takes is measured by bench/start.mjs: a time asserted here would depend on what else the machine does.
  test("the second start builds nothing and keeps what was there", async () => {
    const first = await start({ dataDir, flags: ["--no-worker", "--no-quickstart"] });
    await first.stop();
    const second = await start({ dataDir, flags: ["--no-worker", "--no-quickstart"] });
    expect(second.stderr).not.toMatch(/building/);
    expect((await second.stop()).code).toBe(0);
  });

  test("while the database is made and the pages are built", async () => {
    const root = await copyOfTheProduct();
    await rm(join(root, ".next"), { recursive: true });
    const etalon = await launch({ dataDir, root, flags: ["--no-quickstart", "--no-worker"] });
    const all = () => processesOf(dataDir);
    await until("Next builds", 20, async () =>
      (await all()).some((p) => p.command.includes("next/dist/bin/next build")),
    );
    await sleep(2_000);
    const exit = await etalon.stop();
    expect([exit.code, exit.stdout]).toEqual([0, ""]);
    expect(exit.stopSeconds).toBeLessThan(10);
    await until("nothing is left", 3, async () => (await all()).length === 0);
  });
});

describe("secrets and users", () => {
  test("the data directory and what it holds are the owner's alone", async () => {
    const etalon = await start({ dataDir, flags: ["--no-quickstart"] });
    await until("the worker has its key", 30, async () => (await processesOf(dataDir)).some(isAgent));
    const mode = async (name: string) => ((await stat(join(dataDir, name))).mode & 0o777).toString(8);
    // As root the database's user, which must reach its folder, may pass through and nothing else.
    expect(await mode(".")).toBe(isRoot ? "710" : "700");
    for (const name of ["worker-key", "worker.log", "server.json", "worker.json"]) {
      expect([name, await mode(name)]).toEqual([name, "600"]);
    }
    const key = (await readFile(join(dataDir, "worker-key"), "utf8")).trim();
    for (const { command } of await processesOf(dataDir)) expect(command).not.toContain(key);
    await etalon.stop();
  });

  test.runIf(isRoot)("an ordinary user runs it all the same", async () => {
    await mkdir(dataDir);
    await chown(dataDir, NOBODY, NOBODY);
    await chmod(folder, 0o755);
    // .next and the trainer are built by now: an ordinary user needs to write nothing outside her data directory.
    const etalon = await start({ dataDir, uid: NOBODY, env: { HOME: dataDir }, timeoutMs: 60_000 });
    await until("a trainer is at work", 60, async () => (await processesOf(dataDir)).some(isTrainer));
    const exit = await etalon.stop();
    expect([exit.code, exit.stopSeconds < 10]).toEqual([0, true]);
    expect(await processesOf(dataDir)).toEqual([]);
  });

  test("commands work beside a running server and without one", async () => {
    const unknown = await run(dataDir, ["frobnicate"]);
    expect([unknown.code, unknown.stderr]).toEqual([2, 'etalon: unknown command "frobnicate"; see: etalon help\n']);
    const alone = await run(dataDir, ["key", "create", "--scopes", "read,write", "--json"]);
    expect([alone.code, JSON.parse(alone.stdout).scopes]).toEqual([0, ["read", "write"]]);
    expect(await processesOf(dataDir)).toEqual([]);
    const bad = await run(dataDir, ["key", "create", "--scopes", "admin"]);
    expect([bad.code, bad.stderr]).toEqual([1, 'etalon: --scopes: "admin" is not one of read, write, work\n']);
    const missing = await run(dataDir, ["export", "runs", "--project", "nothing"]);
    expect([missing.code, missing.stderr]).toEqual([
      1,
      `using the data directory ${dataDir}\netalon: project "nothing" was not found in this team\n`,
    ]);
  });
});

describe("what was left by a start that was killed", () => {
  test("a process number that another program of the same user has by now", async () => {
    const first = await start({ dataDir, flags: ["--no-worker", "--no-quickstart"] });
    await first.stop();
    const home = join(dataDir, "postgres", "cluster");
    const other = spawn("sleep", ["600"], isRoot ? { uid: NOBODY, gid: NOBODY } : {});
    await writeFile(join(home, "postmaster.pid"), `${other.pid}\n${home}\n1\n5432\n\n\n\n`);
    const second = await start({ dataDir, flags: ["--no-worker", "--no-quickstart"] });
    expect((await second.stop()).code).toBe(0);
    other.kill();
  });

  test("on ::1 the worker of the machine works too", async () => {
    const etalon = await start({ dataDir, env: { HOST: "::1" } });
    expect(etalon.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    await until("a trainer is at work", 120, async () => (await processesOf(dataDir)).some(isTrainer));
    expect((await etalon.stop()).code).toBe(0);
  });
});

describe("the link to sign in", () => {
  const output = async (flags: string[], env: Record<string, string> = {}) => {
    const etalon = await launch({ dataDir, flags: ["--no-worker", "--no-quickstart", ...flags], env });
    await until("it is ready", 60, () => /^sign in: .*\n/m.test(etalon.stdout) || /sign-in-link/.test(etalon.stderr));
    await sleep(200);
    await etalon.stop();
    return etalon.stdout;
  };
  const beyond = { HOST: "0.0.0.0", AUTH_SECRET: "s".repeat(40), ETALON_PUBLIC_URL: "https://etalon.example" };

  test("is printed for this machine alone, and nowhere that logs are kept unless asked for", async () => {
    expect(await output([])).toMatch(/^ready: .*\nsign in: http.*\n$/);
    expect(await output(["--no-link"])).toMatch(/^ready: .*\n$/);
    expect(await output([], { JOURNAL_STREAM: "8:1" })).toMatch(/^ready: .*\n$/);
    expect(await output([], { ...beyond, HOST: "127.0.0.1" })).toMatch(/^ready: .*\n$/);
    expect(await output(["--link"], { ...beyond, HOST: "127.0.0.1" })).toMatch(/sign in: https:\/\/etalon.example/);
  });
});

test("a server whose reader went away goes on, idles and ends in order", async () => {
  const dataDir = `${folder}/unread`;
  const etalon = await start({ dataDir, flags: ["--no-quickstart", "--no-worker"] });
  etalon.child.stdout!.destroy();
  etalon.child.stderr!.destroy();
  // Refused sign-ins are written to the log.
  const refused = ["?token=x", "?email=a", "?email=a@b.c&token=x", "?email=&token="].flatMap((q) => [q, q, q, q, q, q]);
  const answers = await Promise.all(
    refused.map(async (query) => {
      const response = await fetch(`${etalon.url}/api/auth/callback/link${query}`, { redirect: "manual" });
      await response.arrayBuffer();
      return response.headers.get("location") ?? "";
    }),
  );
  for (const location of answers) expect(location).toMatch(/\/sign-in(\?error=Verification|\/link\?)/);
  const cpu = async () => {
    const fields = (await readFile(`/proc/${etalon.pid}/stat`, "utf8")).split(") ")[1]!.split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  };
  await sleep(1_000);
  const before = await cpu();
  await sleep(3_000);
  expect((await cpu()) - before).toBeLessThan(1.5);
  expect((await fetch(`${etalon.url}/api/health`)).status).toBe(200);
  const exited = new Promise((done) => etalon.child.once("exit", done));
  etalon.child.kill("SIGTERM");
  expect(await exited).toBe(0);
});

test("a machine without CMake and compiler is told what to install, and gets everything but a worker", async () => {
  const root = await copyOfTheProduct();
  const etalon = await start({ dataDir, root, env: { PATH: "/nowhere", CXX: "" }, timeoutMs: 60_000 });
  expect(etalon.stderr.split("\n")).toContain(
    "no local worker: the trainer needs CMake and a C++20 compiler. Install it (Debian: apt-get install g++ cmake) and start again.",
  );
  expect((await fetch(`${etalon.url}/sign-in`)).status).toBe(200);
  expect((await processesOf(dataDir)).some(isAgent)).toBe(false);
  await etalon.stop();
});

/** Runs a command as another user. */
async function runAs(uid: number, dataDir: string, args: string[]) {
  const { PATH = "" } = process.env;
  const child = spawn(process.execPath, [join(ROOT, "bin", "etalon.mjs"), ...args], {
    cwd: ROOT,
    uid,
    gid: uid,
    env: { PATH, ETALON_DATA_DIR: dataDir, HOME: dataDir, NODE_ENV: "production" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Etalon(child, dataDir).exited;
}

/** With the built pages, without the built trainer. Hard links: Next refuses packages outside its folder. */
async function copyOfTheProduct(): Promise<string> {
  const root = join(folder, "copy of the product");
  await mkdir(root);
  const copy = promisify(execFile);
  const left = new Set(["node_modules", ".git", ".etalon"]);
  for (const name of await readdir(ROOT)) if (!left.has(name)) await copy("cp", ["-a", join(ROOT, name), root]);
  await copy("cp", ["-al", join(ROOT, "node_modules"), root]);
  await rm(join(root, "workers", "trainer", "build"), { recursive: true, force: true });
  return root;
}
