import { describe, expect, test } from "vitest";
import { colleague } from "./product";
import { pythons } from "./python";
import { NOWHERE, pythonProduct } from "./python-product";
import { toldTo, watchProject } from "./told";

/** The Python client against the API's own handlers and a real database, on every Python that there is. */

const { script, runNamed, points, namesLike, newSpill, filesIn, alice, product } = pythonProduct();

describe.each(pythons())("on Python $version", ({ command, version }) => {
  test("values, steps, tokens, configs and names of every kind arrive; what is no number is left out alone", async () => {
    const { code, stderr } = await script(
      `
from decimal import Decimal
from fractions import Fraction
from numbers_like import kinds, Scalar, Array, Hostile
v = "${version}"
def begin(name, **more): return etalon.init(project="py", name=v + name, alongside=True, **more)
r = begin(" reused")                                             # PY-01
m, t = {}, Scalar(0)
for i in range(5):
    m["loss"] = i; t.fill_(i * 10)
    m["tensor"] = t
    r.log(m, step=i)
runs = [r]
for kind, make in kinds():                                       # PY-02, PY-03, PY-12
    r = begin(" " + kind, dimensions={"peakLr": make(0.5), "batchSeqs": make(32)}, config={"lr": make(0.25), "bs": make(32), "flag": make(True)})
    r.log({"loss": make(1.5), "flag": make(True)}, step=make(7), tokens=make(4096))
    r.log({"loss": make(2.5)}, step=make(8.0), tokens=make(float("nan")))
    runs.append(r)
c = {"wd": Decimal("0.1"), "f": Fraction(1, 2), ("layer", 0): 1, 1: "a", "1": "b", "big": 10**400, "huge": 10**5000, "nul": "a\\0b\\ud800c", "nan": math.nan, "hostile": Hostile(), "set": {3}}
c["self"] = c
r = begin(" config", config=c, dimensions={"peakLr": 1e-3, "batchSeqs": -4, "nonsense": 1}, tags={"b", "a"})
r.log({"loss": 1.0}, step=1)
runs.append(r)
r = begin(" bad values")                                         # PY-07, PY-09, PY-21, PY-27
for i in range(3):
    r.log({"loss": i, "total_flos": 10**400, "": 1, "x" * 600: 1, "none": None, "text": "big", "array": Array([1, 2]), "hostile": Hostile(),
        "complex": 1j, "dec": Decimal("0.5"), "bool": True, "inf": math.inf, "nul\\0half\\udc00": 1, "train": {"loss": 2, "deep": {"er": 3}}}, step=i)
for bad in (-1, 2**53, math.nan, math.inf, 1.5, "3", object(), Hostile(), 10**400): r.log({"loss": 9}, step=bad)
for bad in (None, 3, "text", [1], Hostile()): r.log(bad, step=5)
r.log({"loss": 7}, step=4096.0, tokens=-1)
r.log({"loss": 8}, step=5000, tokens=10**400)
loop = {}; loop["again"] = loop; r.log(loop, step=6)
r.log({"loss": 10})
runs.append(r)
r = begin(" wide")                                               # PY-08
for s in range(3): r.log({"m%d" % k: k for k in range(12000)}, step=s)
runs.append(r)
for kw in (dict(tags="baseline"), dict(tags=7), dict(name=7.5), dict(name="n" * 250), dict(tags=["t" * 200, None, ""]), dict(name="", id="odd/id ../é" + v), dict(id=10**20), dict(id="i" * 300 + v)):   # PY-16
    r = etalon.init(project="py", alongside=True, **dict(dict(name=v + " odd %d" % len(runs)), **kw)); r.log({"loss": 1}, step=1); runs.append(r)
for r in runs: r.finish(timeout=60, final_loss=Scalar(0.5))
assert all(r.id for r in runs), [r.id for r in runs]
`,
      { command },
    );
    expect([code, stderr.match(/Traceback[\s\S]*/)]).toEqual([0, null]);
    const name = (rest: string) => `${version}${rest}`;
    expect(await points(name(" reused"))).toEqual([0, 1, 2, 3, 4].map((i) => [i, i]));
    expect(await points(name(" reused"), "tensor")).toEqual([0, 1, 2, 3, 4].map((i) => [i, i * 10]));
    const kinds = (await namesLike(`${version} `)).filter((n) => / (stand-in|one|numpy|torch)/.test(n));
    expect(kinds.length).toBeGreaterThanOrEqual(2);
    for (const kind of kinds) {
      const run = await runNamed(kind);
      expect(run).toMatchObject({ peakLr: 0.5, batchSeqs: 32, finalLoss: 0.5, state: "finished" });
      expect([run.config.lr, run.config.bs, run.config.flag].flat()).toEqual([0.25, 32, true]);
      expect(await points(kind)).toEqual([
        [7, 1.5],
        [8, 2.5],
      ]);
      expect(await points(kind, "flag")).toEqual([[7, 1]]);
    }
    const config = (await runNamed(name(" config"))).config;
    expect(config).toMatchObject({
      wd: 0.1,
      f: 0.5,
      "('layer', 0)": 1,
      self: "(refers to itself)",
      nul: "a\ufffdb\ufffdc",
      nan: "NaN",
      set: [3],
    });
    expect([config["1"], config["1 (2)"], config.big.length, typeof config.huge]).toEqual(["a", "b", 401, "string"]);
    expect(Object.keys(config.etalonLeftOut).sort()).toEqual(["dimensions", "dimensions.batchSeqs"]);
    expect(await runNamed(name(" config"))).toMatchObject({ tags: ["a", "b"] });
    const bad = await runNamed(name(" bad values"));
    expect(Object.fromEntries(bad.metrics.map((m: { name: string; points: number }) => [m.name, m.points]))).toEqual({
      loss: 6,
      bool: 3,
      dec: 3,
      inf: 3,
      "nul\ufffdhalf\ufffd": 3,
      "train/deep/er": 3,
      "train/loss": 3,
    });
    expect((await points(name(" bad values"))).slice(-3)).toEqual([
      [7, 10],
      [4096, 7],
      [5000, 8],
    ]);
    expect((await runNamed(name(" wide"))).metrics).toHaveLength(12_000);
    expect((await points(name(" wide"), "m11999")).map(([x]) => x)).toEqual([0, 1, 2]);
    for (const what of ["total_flos", "none", "text", "array", "complex"])
      expect(stderr.split("\n").filter((line) => line.startsWith(`etalon: ${what}: `))).toHaveLength(1);
  });

  test("forks, exits and signals end as they would without the client, and nothing is lost", async () => {
    const name = (rest: string) => `${version} ${rest}`;
    const init = (rest: string) => `r = etalon.init(project="py", name="${name(rest)}")\n`;
    const logs = `for i in range(5): r.log({"loss": i}, step=i)\n`;
    const spill = newSpill();
    const ended = await Promise.all([
      script(
        `${init("fork")}r.log({"loss": 1}, step=1)\nif os.fork() == 0:\n    r.log({"loss": 2}, step=2)\n    sys.exit(0)\nos.wait()\nr.log({"loss": 3}, step=3)\nr.finish()`,
        { command, spill },
      ),
      script(
        `${init("quiet fork")}r.log({"loss": 1}, step=1)\nif os.fork() == 0: sys.exit(7)\nassert os.wait()[1] >> 8 == 7\nr.finish()`,
        { command, spill },
      ),
      script(
        `import multiprocessing as mp\ndef work(i): r.log({"loss": i}, step=i)\nif __name__ == "__main__":\n    ${init("processes")}    c = mp.get_context("fork")\n    ps = [c.Process(target=work, args=(i,)) for i in range(3)]\n    for q in ps: q.start()\n    for q in ps: q.join()\n    r.finish()`,
        { command, spill },
      ),
      script(`${init("sigterm")}${logs}os.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(30)`, { command, spill }),
      script(
        `hits = []\nsignal.signal(signal.SIGTERM, lambda *a: hits.append(1))\n${init("handler")}${logs}os.kill(os.getpid(), signal.SIGTERM)\nassert hits == [1]\nr.log({"loss": 9}, step=9)`,
        { command, spill },
      ),
      script(`${init("exit 3")}${logs}sys.exit(3)`, { command, spill }),
      script(`${init("exit 0")}${logs}sys.exit(0)`, { command, spill }),
      script(`${init("caught")}\ntry: sys.exit(3)\nexcept SystemExit: pass\ntime.sleep(0.01)\n${logs}`, {
        command,
        spill,
      }),
      script(`${init("crash")}${logs}raise RuntimeError("a" + "x" * 30000 + "\\0\\ud800z")`, { command, spill }),
      script(
        `with etalon.init(project="py", name="${name("with")}") as r:\n    ${logs.trim()}\n    raise KeyError("gone")`,
        { command, spill },
      ),
      script(
        `${init("threads")}def work(k):\n    for i in range(100): r.log({"loss": 1})\nts = [threading.Thread(target=work, args=(k,)) for k in range(8)]\nfor t in ts: t.start()\nfor t in ts: t.join()`,
        { command, spill },
      ),
    ]);
    expect(ended.map((e) => [e.code, e.signal])).toEqual([
      [0, null],
      [0, null],
      [0, null],
      [null, "SIGTERM"],
      [0, null],
      [3, null],
      [0, null],
      [0, null],
      [1, null],
      [1, null],
      [0, null],
    ]);
    await script(`etalon.init(project="py", name="${name("sweeps up")}").finish()`, { command, spill });
    expect((await points(name("fork"))).map(([x]) => x)).toEqual([1, 2, 3]);
    expect((await points(name("processes"))).map(([x]) => x)).toEqual([0, 1, 2]);
    const five = [0, 1, 2, 3, 4].map((i) => [i, i]);
    const ends = {
      sigterm: "crashed",
      "exit 3": "failed",
      "exit 0": "finished",
      caught: "finished",
      crash: "crashed",
      with: "crashed",
    };
    for (const [run, state] of Object.entries(ends)) {
      expect([run, (await runNamed(name(run))).state, await points(name(run))]).toEqual([run, state, five]);
    }
    expect((await points(name("handler"))).at(-1)).toEqual([9, 9]);
    expect(await runNamed(name("handler"))).toMatchObject({ state: "finished" });
    expect((await runNamed(name("sigterm"))).error).toBe("ended by SIGTERM");
    expect((await runNamed(name("with"))).error).toBe("KeyError: 'gone'");
    expect((await runNamed(name("crash"))).error).toMatch(
      /^RuntimeError: ax{9000}[\s\S]* characters left out [\s\S]*x\ufffd\ufffdz$/,
    );
    expect((await points(name("threads"))).map(([x]) => x)).toEqual(Array.from({ length: 800 }, (_, i) => i));
    expect(filesIn(spill)).toEqual([]);
  });
});

test("an alert reaches whoever watches, once, also where answers are lost, the server was away or the process forked", async () => {
  const bob = await colleague(alice(), "viewer");
  await watchProject(bob, "py");
  const alerts = async () =>
    (await toldTo(bob)).filter(([kind]) => kind === "run-alert").map(([, title, words]) => `${title} ${words}`);
  // The alert is stored, its answer is lost, and it is sent again.
  let lost = 0;
  product.api.fault = (req, res) => {
    if (req.url!.endsWith("/alerts") && lost++ === 0) res.end = () => res.destroy();
    return false;
  };
  const spoken = await script(`
r = etalon.init(project="py", name="alerts")
r.alert("loss is rising", "3.2 after 2.9", level="warning")
r.alert("plain")
r.alert("  ", level="error")
r.alert("odd" + "x" * 300, None, level="loud")
r.alert(7, {"a": 1})
pid = os.fork()
if pid == 0:
    r.alert("of a child")
    sys.exit(0)
os.waitpid(pid, 0)
r.finish()
r.alert("too late")
assert r.id
`);
  expect([spoken.code, spoken.stderr.match(/Traceback[\s\S]*/)]).toEqual([0, null]);
  for (const said of ["an alert needs a title", "is no level of an alert", "the run has ended"])
    expect(spoken.stderr).toContain(said);
  expect(lost).toBeGreaterThan(1);
  expect((await alerts()).sort()).toEqual(
    [
      "alerts says (warning): loss is rising. 3.2 after 2.9",
      "alerts says (info): plain",
      `alerts says (info): odd${"x".repeat(197)}. None`,
      "alerts says (info): 7. {'a': 1}",
      "alerts says (info): of a child",
    ].sort(),
  );

  // A server that cannot take alerts takes the points and the end all the same.
  product.api.fault = (req, res) => {
    if (!req.url!.endsWith("/alerts")) return false;
    res.writeHead(500, { "content-type": "application/json" }).end('{"error":{"code":"internal","message":"no"}}');
    return true;
  };
  const kept = newSpill();
  const begun = 'r = etalon.init(project="py", name="no alerts")\nr.alert("a")\nr.log({"loss": 1.5}, step=3)\n';
  await script(`${begun}r.finish(timeout=20)`, { spill: kept });
  expect(await points("no alerts")).toEqual([[3, 1.5]]);
  expect((await runNamed("no alerts")).state).toBe("finished");
  expect(filesIn(kept).filter((f) => f.endsWith(".alert.json")).length).toBe(1);
  product.api.fault = () => false;

  const spill = newSpill();
  await script(
    `
r = etalon.init(project="py", name="away")
r.alert("while away")
r.finish(timeout=1)
`,
    { spill, url: NOWHERE },
  );
  expect(filesIn(spill).filter((f) => f.endsWith(".alert.json")).length).toBe(1);
  const sync = (url: string) =>
    script(`sys.argv = ["etalon"]\nfrom etalon.sync import main\nsys.exit(main(["sync", "--url", "${url}"]))`, {
      spill,
    });
  const sent = await sync(product.api.url);
  expect([sent.code, sent.stderr]).toEqual([0, ""]);
  expect((await alerts()).filter((a) => a.startsWith("away"))).toEqual(["away says (info): while away"]);
  expect(filesIn(spill)).toEqual([]);
});
