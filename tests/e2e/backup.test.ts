import { readFile, rm, writeFile } from "node:fs/promises";
import { afterAll, expect, test } from "vitest";
import { database, killAll, newKey, remove, run, start, temporaryFolder } from "./etalon";

/** `etalon backup` from a running server, `etalon restore` into an empty directory: every point, bit for bit. */

const folder = await temporaryFolder("etalon backup ");
const [first, second] = [`${folder}/first`, `${folder}/second`];

afterAll(async () => {
  for (const dataDir of [first, second, `${folder}/third`]) await killAll(dataDir);
  await remove(folder);
});

const api = (url: string, key: string) => async (method: string, path: string, body?: unknown) => {
  const headers = { authorization: `Bearer ${key}` };
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers,
    body: body ? JSON.stringify(body) : undefined,
  });
  const text = await response.text();
  expect([response.status, text.slice(0, 200)]).toEqual([200, text.slice(0, 200)]);
  return text;
};

test("all points come back, the key still works, sweeps and settings too; a damaged or foreign backup is refused whole", async () => {
  const etalon = await start({ dataDir: first, flags: ["--no-worker"] });
  const key = await newKey(first, "read,write");
  const call = api(etalon.url, key);
  for (let r = 0; r < 5; r++) {
    const { id } = JSON.parse(
      await call("POST", "/runs", { project: "quickstart", name: `run ${r}`, config: { r, x: 1e-30 } }),
    );
    for (let seq = 0; seq < 4; seq++) {
      const steps = Array.from({ length: 2_000 }, (_, i) => seq * 1_500 + i);
      const values = steps.map((s) => (s % 97 === 0 ? "NaN" : Math.sin(s * (r + 1))));
      await call("POST", `/runs/${id}/metrics`, {
        writer: "w",
        seq,
        rewindTo: seq === 3 ? 3_000 : undefined,
        series: [{ metric: "é/loss", steps, values }],
      });
    }
  }
  const before = await call("POST", "/points", { project: "quickstart" });
  expect(before.split("\n").length).toBe(5 * (3_001 + 2_000) + 2); // the rewind hid steps 3,001 to 4,499
  const list = await call("GET", "/runs?project=quickstart&format=jsonl");
  // Another program's table, which refers to one of ours, is nobody's business.
  const sql = await database(first);
  await sql`create table save_chunks (run uuid references runs (id), note text)`;
  await sql`insert into save_chunks select id, 'theirs' from runs`;
  await sql.end();
  const backup = await run(first, ["backup", `${folder}/backup`]);
  expect([backup.code, backup.stderr]).toEqual([0, expect.stringContaining("backed up")]);
  expect((await run(first, ["backup", `${folder}/backup`])).stderr).toContain("is not empty");
  expect((await run(first, ["restore", `${folder}/backup`])).stderr).toContain("stop it first");
  await etalon.stop();

  const restored = await run(second, ["restore", `${folder}/backup`]);
  expect([restored.code, restored.stderr]).toEqual([0, expect.stringContaining("restored")]);
  expect((await run(second, ["restore", `${folder}/backup`])).stderr).toContain("is not empty");
  const again = await start({ dataDir: second, flags: ["--no-worker"] });
  const there = api(again.url, key);
  expect(await there("POST", "/points", { project: "quickstart" })).toBe(before);
  expect(await there("GET", "/runs?project=quickstart&format=jsonl")).toBe(list);
  const { id } = JSON.parse(await there("POST", "/runs", { project: "quickstart" }));
  await there("POST", `/runs/${id}/metrics`, {
    writer: "w",
    seq: 0,
    series: [{ metric: "new", steps: [1], values: [1] }],
  });
  await again.stop();

  // Refused before anything is written: the same folder takes the mended backup.
  const third = `${folder}/third`;
  const path = `${folder}/backup/runs.copy.gz`;
  const whole = await readFile(path);
  await writeFile(path, Buffer.concat([whole.subarray(0, -1), Buffer.from([whole.at(-1)! ^ 1])]));
  const broken = await run(third, ["restore", `${folder}/backup`]);
  expect([broken.code, broken.stderr]).toEqual([
    1,
    expect.stringContaining("runs.copy.gz is not as the backup wrote it"),
  ]);
  await writeFile(path, whole);

  // A restore that fails in its middle leaves nothing; nor does one that is cut off keep the next from its work.
  const manifest = JSON.parse(await readFile(`${folder}/backup/manifest.json`, "utf8"));
  const wrong = structuredClone(manifest);
  wrong.tables.find((t: { name: string }) => t.name === "runs").rows += 1;
  await writeFile(`${folder}/backup/manifest.json`, JSON.stringify(wrong));
  expect((await run(third, ["restore", `${folder}/backup`])).stderr).toContain("table runs has");
  await writeFile(`${folder}/backup/manifest.json`, JSON.stringify(manifest));
  const good = await run(third, ["restore", `${folder}/backup`]);
  expect([good.code, good.stderr]).toEqual([0, expect.stringContaining("restored")]);

  await rm(`${folder}/backup/manifest.json`);
  expect((await run(`${folder}/fourth`, ["restore", `${folder}/backup`])).stderr).toContain("not a whole backup");
});
