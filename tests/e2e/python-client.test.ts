import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "@/os/net";
import { type Etalon, killAll, newKey, remove, start, temporaryFolder } from "./etalon";

/** The Python client against the real product. */

const CLIENT = resolve(import.meta.dirname, "../../clients/python");
let folder: string;
let etalon: Etalon;
let key: string;
let port: number;

beforeAll(async () => {
  folder = await temporaryFolder("etalon python ");
  port = await freePort();
  etalon = await start({ dataDir: `${folder}/data`, port, flags: ["--no-worker"] });
  key = await newKey(`${folder}/data`, "read,write");
});
afterAll(async () => {
  await etalon?.stop();
  await killAll(`${folder}/data`);
  await remove(folder);
});

/** Runs a script with the client on its path; resolves to exit code and stderr. */
async function python(script: string, url = etalon.url): Promise<{ code: number; stderr: string; seconds: number }> {
  const file = `${folder}/${crypto.randomUUID()}.py`;
  await writeFile(file, script);
  const env = {
    ...process.env,
    PYTHONPATH: CLIENT,
    ETALON_URL: url,
    ETALON_API_KEY: key,
    ETALON_SPILL_DIR: `${folder}/spill`,
  };
  const begun = performance.now();
  return new Promise((done) => {
    execFile("python3", [file], { env }, (e, _out, stderr) =>
      done({ code: Number(e?.code ?? 0), stderr, seconds: (performance.now() - begun) / 1000 }),
    );
  });
}

async function api(path: string, body?: unknown) {
  const headers = { authorization: `Bearer ${key}` };
  const response = await fetch(
    `${etalon.url}/api/v1${path}`,
    body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers },
  );
  expect(response.status).toBe(200);
  return response.json();
}

async function runNamed(name: string) {
  const { runs } = await api("/runs/query", { project: "quickstart", filter: `name = "${name}"` });
  expect(runs).toHaveLength(1);
  const { series } = await api("/series", { runIds: [runs[0].id], metric: "train/loss", buckets: 100_000 });
  return { run: runs[0], series: series[0], all: await api(`/runs/${runs[0].id}`) };
}

test("sends every point, NaN and infinities, without waiting, and ends the run", async () => {
  const { code, stderr } = await python(`
import etalon
run = etalon.init(project="quickstart", name="py", config={"lr": 3e-3, "odd": float("inf"), "path": object}, dimensions={"peakLr": 3e-3})
for i in range(25000):
    run.log({"train/loss": 1 / (i + 1), "grad norm @é": float("nan") if i % 7 == 0 else float("inf") if i % 7 == 1 else -0.5}, step=i, tokens=i * 4096)
run.log({"train/loss": "not a number", "kept": 1})
run.finish(final_loss=0.25)
`);
  expect([code, stderr]).toEqual([0, expect.stringContaining("is left out")]);
  const { run, series, all } = await runNamed("py");
  expect(run).toMatchObject({ state: "finished", finalLoss: 0.25, peakLr: 3e-3 });
  expect(series.last).toEqual(Array.from({ length: 25_000 }, (_, i) => 1 / (i + 1)));
  expect(all.metrics.find((m: { name: string }) => m.name === "grad norm @é")).toMatchObject({
    points: 25_000,
    last: -0.5,
  });
  expect(all.config.odd).toBe("Infinity");
});

test("a crash ends the run as crashed, with what was logged", async () => {
  const { code, stderr } = await python(`
import etalon
run = etalon.init(project="quickstart", name="crash")
for i in range(100): run.log({"train/loss": i})
raise RuntimeError("out of luck")
`);
  expect([code, stderr.includes("out of luck")]).toEqual([1, true]);
  const { run, series, all } = await runNamed("crash");
  expect([run.state, all.error]).toEqual(["crashed", "RuntimeError: out of luck"]);
  expect(series.last).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

test("while the server is away training goes on; the next process sends what was kept", async () => {
  const script = (from: number) => `
import etalon
run = etalon.init(project="quickstart", id="away", name="away")
for i in range(${from}, ${from} + 500): run.log({"train/loss": i}, step=i)
run.finish(timeout=20)
`;
  const away = await python(script(0), `http://127.0.0.1:${await freePort()}`);
  expect(away.code).toBe(0);
  expect(readdirSync(`${folder}/spill/away`).length).toBeGreaterThan(1);
  expect((await python(script(500))).code).toBe(0);
  const { run, series } = await runNamed("away");
  expect(run.state).toBe("finished");
  expect(series.last).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
  expect(readdirSync(`${folder}/spill`)).toEqual([]);
});
