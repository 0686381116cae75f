import { expect, test } from "vitest";
import { pythonProduct } from "./python-product";

/** Several runs, cells, ranks and clocks in one process of the Python client. */

const { product, script, runNamed, points, newSpill } = pythonProduct();

const init = (name: string, rest = "") => `r = etalon.init(project="py", name="${name}"${rest})\n`;
const log = (from: number, to: number) => `for i in range(${from}, ${to}): r.log({"loss": i}, step=i)\n`;
const firstSteps = (n: number) => Array.from({ length: n }, (_, i) => [i, i]);

test("a second init ends the earlier run of its thread; alongside leaves it open", async () => {
  const cell = (n: number) => `${init(`cell ${n}`)}${log(0, 1)}`;
  await script(`${cell(1)}${cell(2)}a = r\nr = etalon.init(project="py", name="beside", alongside=True)\na.log({"loss": 1}, step=1)\nr.log({"loss": 1}, step=1)
threading.Thread(target=lambda: etalon.init(project="py", name="of a thread")).start()
a.log({"loss": 2}, step=2)
a.finish(); a.log({"loss": 3}, step=3); a.finish()`);
  expect(await points("cell 2")).toEqual(firstSteps(3));
  for (const name of ["cell 1", "cell 2", "beside", "of a thread"])
    expect((await runNamed(name)).state).toBe("finished");
});

test("in a notebook a run is crashed whose last cell failed", async () => {
  const notebook = `
import types
hooks = []
shell = types.SimpleNamespace(events=types.SimpleNamespace(register=lambda name, f: hooks.append(f)))
sys.modules["IPython"] = types.SimpleNamespace(get_ipython=lambda: shell)
def cell(source):
  error = None
  try: exec(source, globals())
  except Exception as e: error = e
  for f in hooks: f(types.SimpleNamespace(error_in_exec=error, error_before_exec=None))
cell('r = etalon.init(project="py", name="notebook 1"); r.log({"loss": 0}, step=0)')
cell('raise ValueError("cell")')
cell('r = etalon.init(project="py", name="notebook 2"); r.log({"loss": 0}, step=0)')
cell('raise ValueError("cell")')
cell('r.log({"loss": 1}, step=1)')
`;
  await script(notebook);
  expect([(await runNamed("notebook 1")).state, (await runNamed("notebook 2")).state]).toEqual(["crashed", "finished"]);
});

test("only the first of a distributed training sends, unless it is asked to", async () => {
  const run = (name: string, rest = "") => `${init(name, rest)}r.log({"loss": 0}, step=0)\nr.finish()\nprint(r.id)`;
  const silent: Record<string, string>[] = [
    { RANK: "1" },
    { RANK: "3", LOCAL_RANK: "0" },
    { LOCAL_RANK: "1", SLURM_PROCID: "0" },
    { SLURM_PROCID: "2" },
  ];
  for (const env of silent) expect((await script(run("silent"), { env })).stdout.trim()).toBe("None");
  expect(product.api.seen).toEqual([]);
  await script(run("rank 0"), { env: { RANK: "0", LOCAL_RANK: "0", SLURM_PROCID: "1" } });
  await script(run("asked"), { env: { RANK: "1", ETALON_ALL_RANKS: "1" } });
  await script(run("asked too", ", all_ranks=True"), { env: { RANK: "1" } });
  for (const name of ["rank 0", "asked", "asked too"]) expect(await points(name)).toEqual([[0, 0]]);
});

test("a run goes to a spawned process and through a pickle, with a writer of its own and without ending there", async () => {
  const file = `${newSpill()}.pickle`;
  await script(`import multiprocessing, pickle
def main():
  ${init("spawned", ', id="spawned"')}
  r.log({"loss": 0}, step=0)
  for i in (1, 2):
    p = multiprocessing.get_context("spawn").Process(target=r.log, args=({"loss": i},), kwargs={"step": i})
    p.start(); p.join(); assert p.exitcode == 0
  assert pickle.loads(pickle.dumps(r)) is r
  pickle.dump(r, open(${JSON.stringify(file)}, "wb")); r.log({"loss": 3}, step=3); r.finish(final_loss=1.5)
if __name__ == "__main__": main()
`);
  expect((await runNamed("spawned")).state).toBe("finished");
  await script(`import pickle\nr = pickle.load(open(${JSON.stringify(file)}, "rb"))\nr.log({"loss": 4})`);
  expect(await points("spawned")).toEqual(firstSteps(5));
});

test("heartbeats go on when the clock is set back", async () => {
  await script(`etalon._HEARTBEAT_EVERY = 0.2\n${init("clock")}${log(0, 1)}time.sleep(1.3)
real = time.time; time.time = lambda: real() - 3600
time.sleep(2.5)`);
  expect(product.api.seen.filter((s) => s.path.endsWith("/heartbeat")).length).toBeGreaterThanOrEqual(2);
});

test("a program without runs is left as it was", async () => {
  const { code, stderr } = await script(`
before = (sys.excepthook, sys.exit, signal.getsignal(signal.SIGTERM))
${init("hooks")}assert sys.exit is not before[1]
r.finish()
assert (sys.excepthook, sys.exit, signal.getsignal(signal.SIGTERM)) == before
`);
  expect([code, stderr]).toEqual([0, ""]);
});

test("a signal while a run is being ended loses neither points nor end", async () => {
  const spill = newSpill();
  product.api.fault = (_req, res) => Boolean(res.writeHead(503).end());
  const ending = `${init("ending")}${log(0, 3)}
threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGTERM)).start()
r.finish(final_loss=2, timeout=30)`;
  expect((await script(ending, { spill })).signal).toBe("SIGTERM");
  product.api.fault = () => false;
  await script(`${init("after it")}${log(0, 1)}`, { spill });
  expect(await points("ending")).toEqual(firstSteps(3));
  expect(await runNamed("ending")).toMatchObject({ state: "finished", finalLoss: 2 });
});
