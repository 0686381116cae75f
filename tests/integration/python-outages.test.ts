import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { createProject } from "@/server/services/project";
import { saveTeamSettings } from "@/server/services/team";
import { ApiServer, type Fault } from "./api-server";
import { python } from "./python";
import { NOWHERE, pythonProduct } from "./python-product";

/** What the Python client does when server, network, disk or key are not as they should be. */

const { alice, product, script, runNamed, points, newSpill, filesIn } = pythonProduct();

const init = (name: string, rest = "") => `r = etalon.init(project="py", name="${name}"${rest})\n`;
const log = (from: number, to: number) => `for i in range(${from}, ${to}): r.log({"loss": i}, step=i)\n`;
const firstSteps = (n: number) => Array.from({ length: n }, (_, i) => [i, i]);

beforeAll(() => saveTeamSettings(alice(), { makesProjects: false }));

/** Runs `python -m etalon sync` on a folder. */
function sync(spill: string) {
  const run = `import runpy, sys\nsys.argv = ["etalon", "sync", ${JSON.stringify(spill)}]\nrunpy.run_module("etalon", run_name="__main__")`;
  return python(run, { folder: product.folder, url: product.api.url, key: product.key });
}

/** A fault for the first `times` requests whose path ends so. */
function faulty(times: number, path: RegExp, answer: (res: ServerResponse) => void): Fault {
  let left = times;
  return (req, res) => {
    if (!path.test(req.url!) || left-- <= 0) return false;
    req.resume();
    answer(res);
    return true;
  };
}

describe("the server is away", () => {
  test("points, end and result wait in the folder; a later process sends them", async () => {
    const spill = newSpill();
    const away = await script(`${init("away")}${log(0, 3)}r.finish(final_loss=2.5)`, { url: NOWHERE, spill });
    expect([away.code, away.stderr]).toEqual([0, expect.stringContaining("batches are kept in")]);
    await script(`${init("later")}${log(0, 1)}`, { spill });
    expect([await points("away"), await points("later")]).toEqual([firstSteps(3), [[0, 0]]]);
    expect(await runNamed("away")).toMatchObject({ state: "finished", finalLoss: 2.5 });
    expect(filesIn(spill)).toEqual([]);
  });

  test("`etalon sync FOLDER` sends a whole folder, also of a process that was killed", async () => {
    const spill = newSpill();
    const killed = `${init("killed")}${log(0, 3)}time.sleep(1.7)\nos.kill(os.getpid(), signal.SIGKILL)`;
    expect((await script(killed, { url: NOWHERE, spill })).signal).toBe("SIGKILL");
    await script(`${init("with its end")}${log(0, 2)}raise ValueError("x")`, { url: NOWHERE, spill });
    const { code, stdout } = await sync(spill);
    expect([code, stdout]).toEqual([0, expect.stringContaining("2 of 2 runs sent")]);
    expect([await points("killed"), await points("with its end")]).toEqual([firstSteps(3), firstSteps(2)]);
    expect((await runNamed("with its end")).error).toBe("ValueError: x");
    expect(filesIn(spill)).toEqual([]);
  });

  test("a folder that a living process writes is left to it", async () => {
    const spill = newSpill();
    const other = `import subprocess\n${init("living", ', id="living"')}${log(0, 2)}time.sleep(1.5)
out = subprocess.run([sys.executable, "-m", "etalon", "sync", ${JSON.stringify(spill)}], env=dict(os.environ, ETALON_URL="${product.api?.url}"), stderr=subprocess.PIPE)
assert out.returncode == 1 and b"in use" in out.stderr, out
`;
    expect((await script(other, { url: NOWHERE, spill })).stderr).not.toContain("Error");
    expect((await sync(spill)).code).toBe(0);
    expect(await points("living")).toEqual(firstSteps(2));
  });

  test("one run that the server refuses is set aside with its reason and holds up nothing", async () => {
    const spill = newSpill();
    mkdirSync(join(spill, "old"), { recursive: true });
    writeFileSync(join(spill, "old", "run.json"), JSON.stringify({ project: "not-yet", id: "old", name: "old" }));
    const batch = { writer: "python aa", seq: 0, series: [{ metric: "loss", steps: [1], values: [1] }] };
    writeFileSync(join(spill, "old", "aa-000000000000.json.gz"), gzipSync(JSON.stringify(batch)));
    await script(`${init("own 1")}${log(0, 1)}`, { spill });
    await script(`${init("own 2")}${log(0, 1)}`, { spill });
    expect([(await runNamed("own 1")).state, (await runNamed("own 2")).state]).toEqual(["finished", "finished"]);
    expect(readFileSync(join(spill, "old", "refused.txt"), "utf8")).toContain('"not-yet"');
    expect(product.api.seen.filter((s) => s.path === "/api/v1/runs")).toHaveLength(3);
    expect((await sync(spill)).code).toBe(1);
    writeFileSync(join(spill, "old", "run.json"), JSON.stringify({ project: "py", id: "old", name: "old" }));
    expect((await sync(spill)).code).toBe(0);
    expect(await points("old")).toEqual([[1, 1]]);
  });

  test("a project that does not exist yet costs nothing but time", async () => {
    const spill = newSpill();
    const { code, stderr } = await script(`r = etalon.init(project="soon", name="soon")\n${log(0, 2)}r.finish()`, {
      spill,
    });
    expect([code, stderr]).toEqual([0, expect.stringContaining('project "soon"')]);
    await createProject(alice(), { name: "Soon", slug: "soon" });
    expect((await sync(spill)).code).toBe(0);
    expect(filesIn(spill)).toEqual([]);
  });
});

describe("a run that is resumed", () => {
  test("counts on after its last step, wherever the server was meanwhile", async () => {
    const spill = newSpill();
    const part = (from: number) =>
      `${init("counted", ', id="counted"')}for i in range(3): r.log({"loss": ${from} + i})\nr.finish()`;
    await script(part(0), { spill });
    await script(part(3), { spill, url: NOWHERE });
    await script(part(6), { spill, url: NOWHERE });
    await script(part(9), { spill });
    await script(part(12), { spill: newSpill() });
    expect(await points("counted")).toEqual(firstSteps(15));
    expect(await runNamed("counted")).toMatchObject({ state: "finished" });
  });

  test("in the same process goes on where it was, and its end is the last one", async () => {
    const spill = newSpill();
    const parts = `${init("again", ', id="again"')}r.log({"loss": 0})
${init("again", ', id="again"')}r.log({"loss": 1})
${init("again", ', id="again"')}r.log({"loss": 2})
r.finish(final_loss=7, timeout=20)`;
    await script(parts, { spill, url: NOWHERE });
    await script(parts.replaceAll('"loss": ', '"loss": 3 + '), { spill });
    expect(await points("again")).toEqual(firstSteps(6));
    expect(await runNamed("again")).toMatchObject({ state: "finished", finalLoss: 7 });
    expect(filesIn(spill)).toEqual([]);
  });

  test("in the same process, and the thread of its first part is slow: what earlier processes left goes first", async () => {
    const spill = newSpill();
    const part = (value: number) => `${init("slow", ', id="slow"')}r.log({"loss": ${value}})\n`;
    await script(`${part(0)}${part(1)}${part(2)}r.finish(timeout=20)`, { spill, url: NOWHERE });
    const slow = `import threading
from etalon.sender import Sender
keep, waits = Sender.keep_now, threading.Semaphore(1)
def later(self, *a, **k):
    if waits.acquire(blocking=False): time.sleep(0.7)
    return keep(self, *a, **k)
Sender.keep_now = later
`;
    await script(`${slow}${part(3)}${part(4)}${part(5)}r.finish(timeout=20)`, { spill });
    expect(await points("slow")).toEqual(firstSteps(6));
    expect(filesIn(spill)).toEqual([]);
  });

  test("a step that is given is taken as it is, and counting goes on from it", async () => {
    await script(`${init("given", ', id="given"')}r.log({"loss": 0})\nr.log({"loss": 1})`);
    await script(`${init("given", ', id="given"')}r.log({"loss": 9}, step=1)\nr.log({"loss": 2})`);
    expect(await points("given")).toEqual([
      [0, 0],
      [1, 9],
      [2, 2],
    ]);
  });

  test("config and dimensions of a start that the server never saw are told it later", async () => {
    const spill = newSpill();
    const config = (text: string) => `, id="merged", ${text}`;
    await script(`${init("merged", config('config={"a": 1, "b": 1}, dimensions={"seqLen": 64}'))}${log(0, 1)}`, {
      spill,
      url: NOWHERE,
    });
    await script(`${init("merged", config('config={"b": 2}'))}${log(1, 2)}`, { spill });
    expect(await runNamed("merged")).toMatchObject({ config: { a: 1, b: 2 }, seqLen: 64 });
    expect(await points("merged")).toEqual(firstSteps(2));
  });
});

describe("what stands between client and server", () => {
  const html =
    (status: number, headers = {}) =>
    (res: ServerResponse) =>
      res.writeHead(status, { "content-type": "text/html", ...headers }).end("<html>a proxy</html>");
  const json =
    (status: number, code: string, headers = {}) =>
    (res: ServerResponse) =>
      res
        .writeHead(status, { "content-type": "application/json", ...headers })
        .end(JSON.stringify({ error: { code, message: "m", issues: [] } }));
  const faults: [string, (res: ServerResponse) => unknown][] = [
    ["a page with 404", html(404)],
    ["a page with 403", html(403)],
    ["a page with 400", html(400)],
    ["a page with 413", html(413)],
    ["a page with 200", html(200)],
    ["503 with Retry-After", html(503, { "retry-after": "0.2" })],
    ["429 of Etalon", json(429, "too_many", { "retry-after": "0.2" })],
    ["500 of Etalon", json(500, "internal")],
    [
      "JSON of somebody else",
      (res) => res.writeHead(422, { "content-type": "application/json" }).end('{"error":"invalid"}'),
    ],
    ["a connection that breaks", (res) => res.destroy()],
    [
      "an answer that breaks off",
      (res) => void res.writeHead(200, { "content-length": "100" }).write("{", () => res.destroy()),
    ],
  ];
  test("of what a proxy finds too large all points arrive, in parts, and the run without its large settings", async () => {
    const spill = newSpill();
    product.api.fault = (req, res) => {
      const isLarge = Number(req.headers["content-length"]) > 3_000;
      if (isLarge) html(413)(res);
      return isLarge;
    };
    await script(`${init("narrow", ', config={"lr": 1, "huge": "x" * 5000}')}${log(0, 2_000)}r.finish()`, { spill });
    expect([await points("narrow"), filesIn(spill)]).toEqual([firstSteps(2_000), []]);
    const [run] = await alice().sql`select state, config from runs where name = 'narrow'`;
    expect(run).toMatchObject({
      state: "finished",
      config: { lr: 1, etalonLeftOut: { config: expect.stringContaining("huge") } },
    });
  });

  test.each(faults)("%s is no refusal: every point arrives once", async (name, answer) => {
    const spill = newSpill();
    product.api.fault = faulty(2, /metrics$/, answer);
    await script(`${init(name)}${log(0, 5)}r.finish(final_loss=1)`, { spill });
    expect([await points(name), filesIn(spill)]).toEqual([firstSteps(5), []]);
    expect(await runNamed(name)).toMatchObject({ state: "finished", finalLoss: 1 });
  });

  test("the same for the calls that begin and end a run", async () => {
    for (const path of [/runs$/, /finish$/]) {
      const name = `fault at ${path.source}`.replace("$", "");
      product.api.fault = faulty(2, path, html(404));
      await script(`${init(name)}${log(0, 2)}`);
      expect([await points(name), (await runNamed(name)).state]).toEqual([firstSteps(2), "finished"]);
    }
  });

  test("Retry-After is waited for", async () => {
    product.api.fault = faulty(1, /metrics$/, html(503, { "retry-after": "600" }));
    const spill = newSpill();
    await script(`${init("later then")}${log(0, 2)}r.finish(timeout=2)`, { spill });
    expect(product.api.seen.filter((s) => s.path.endsWith("/metrics"))).toHaveLength(1);
    expect((await sync(spill)).code).toBe(0);
    expect(await points("later then")).toEqual(firstSteps(2));
  });

  test.each([301, 302, 303, 307, 308])("a redirect %i within the server keeps method, body and key", async (status) => {
    product.api.fault = (req, res) => {
      if (!req.url!.startsWith("/moved")) return false;
      req.resume();
      res.writeHead(status, { location: req.url!.slice("/moved".length) }).end();
      return true;
    };
    const name = `moved ${status}`;
    await script(`${init(name)}${log(0, 2)}`, { url: `${product.api.url}/moved` });
    expect([await points(name), (await runNamed(name)).state]).toEqual([firstSteps(2), "finished"]);
  });

  test("a redirect to another origin is not followed, the key goes to nobody else", async () => {
    const stranger = await new ApiServer().start();
    product.api.fault = (req, res) => {
      req.resume();
      res.writeHead(307, { location: `${stranger.url}${req.url}` }).end();
      return true;
    };
    const { code, stderr } = await script(`${init("lured")}${log(0, 2)}`);
    await stranger.stop();
    expect([code, stranger.seen]).toEqual([0, []]);
    expect(stderr).toContain(`redirects to ${stranger.url}`);
  });

  test("a batch that fails inside the server holds up no other", async () => {
    const spill = newSpill();
    let first: string | undefined;
    product.api.fault = (req, res) => {
      if (!req.url!.endsWith("/metrics")) return false;
      first ??= String(req.headers["content-length"]);
      if (req.headers["content-length"] !== first) return false;
      req.resume();
      json(500, "internal")(res);
      return true;
    };
    await script(
      `${init("poisoned")}r.log({"poison": 1}, step=0)\ntime.sleep(1.5)\n${log(0, 500)}r.finish(timeout=3)`,
      { spill },
    );
    expect(await points("poisoned")).toEqual(firstSteps(500));
    expect((await runNamed("poisoned")).state).toBe("finished");
    expect(filesIn(spill).filter((f) => f.endsWith(".json.gz"))).toHaveLength(1);
    product.api.fault = () => false;
    expect((await sync(spill)).code).toBe(0);
    expect([await points("poisoned", "poison"), (await runNamed("poisoned")).state]).toEqual([[[0, 1]], "finished"]);
  });
});

describe("the key", () => {
  test("may have white space around it or lie in a file, and is never shown", async () => {
    await script(`${init("key 1")}${log(0, 1)}`, { key: `${product.key} \r\n` });
    const file = join(product.folder, "key");
    writeFileSync(file, `${product.key}\n`);
    await script(`${init("key 2")}${log(0, 1)}`, { key: "", env: { ETALON_API_KEY_FILE: file } });
    expect([await points("key 1"), await points("key 2")]).toEqual([[[0, 0]], [[0, 0]]]);
    for (const wrong of ["etl_secret within", "etl_secret\nwithin", "etl_secreté", "etl_secret_wrong"]) {
      const { code, stderr } = await script(`${init("no")}${log(0, 1)}`, { key: wrong });
      expect([code, stderr]).toEqual([0, expect.stringContaining("etalon: ")]);
      expect(stderr).not.toContain("secret");
    }
  });
});

describe("the disk", () => {
  test("a folder that cannot be made: points wait in memory and are sent", async () => {
    const file = join(product.folder, "a file");
    writeFileSync(file, "");
    const { stderr } = await script(`${init("no folder")}${log(0, 3)}r.finish(final_loss=1)`, {
      spill: join(file, "spill"),
    });
    expect(stderr.match(/points wait in memory/g)).toHaveLength(1);
    expect([await points("no folder"), (await runNamed("no folder")).finalLoss]).toEqual([firstSteps(3), 1]);
    const lost = await script(`${init("lost")}${log(0, 3)}r.finish(timeout=1)`, {
      spill: join(file, "spill"),
      url: NOWHERE,
    });
    expect([lost.code, lost.stderr]).toEqual([0, expect.stringContaining("3 points are LOST")]);
  });

  test("a disk that is full for a while: nothing is lost, whether the server is there or not", async () => {
    const spill = newSpill();
    const full = `
import builtins, errno, etalon.sender as sender
real = builtins.open
def no_space(path, mode="r", *a, **k):
    if full and str(path).endswith(".part"): raise OSError(errno.ENOSPC, "No space left on device")
    return real(path, mode, *a, **k)
builtins.open = no_space
full = True
${init("full")}${log(0, 3)}time.sleep(1.5)
full = False
r._sender._disk_again = 0
for i in range(3, 6): r.log({"loss": i}, step=i)
r.finish(final_loss=2)
`;
    await script(full, { spill, url: NOWHERE });
    expect((await sync(spill)).code).toBe(0);
    expect([await points("full"), (await runNamed("full")).finalLoss]).toEqual([firstSteps(6), 2]);
    await script(full.replace('name="full"', 'name="full 2"'), { spill });
    expect(await points("full 2")).toEqual(firstSteps(6));
  });

  test("two users of one machine have a folder each, which nobody else may read", async () => {
    const shared = join(product.folder, "tmp");
    chmodSync(product.folder, 0o711);
    mkdirSync(shared);
    chmodSync(shared, 0o1777);
    const env = { HOME: "/nonexistent", XDG_CACHE_HOME: "", TMPDIR: shared, ETALON_SPILL_DIR: "" };
    const user = (
      id: number,
      name: string,
    ) => `import encodings.idna  # the standard library may lie where the other user cannot read
if os.getuid() == 0: os.setuid(${id})
${init(name)}${log(0, 1)}r.finish(timeout=1)`;
    const ids = [2001, 2002];
    product.api.fault = (_req, res) => Boolean(res.writeHead(502).end());
    for (const id of ids) expect((await script(user(id, `user ${id}`), { env })).stderr).toContain("are kept in");
    const folders = filesIn(shared).filter((f) => /^etalon-\d+$/.test(f));
    expect(folders).toHaveLength(process.getuid!() === 0 ? 2 : 1);
    for (const folder of folders) expect(statSync(join(shared, folder)).mode & 0o077).toBe(0);
    product.api.fault = () => false;
    for (const id of ids) expect((await script(user(id, `user ${id} again`), { env })).stderr).toBe("");
    for (const id of ids)
      expect([await points(`user ${id}`), await points(`user ${id} again`)]).toEqual([[[0, 0]], [[0, 0]]]);
  });
});
