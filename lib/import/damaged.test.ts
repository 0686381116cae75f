import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, test } from "vitest";
import { formats, histories, memoryFile, readHistories, type SourceFile } from ".";

/** Inputs that damage has made of good ones (tests/fuzz found them); each once cost more than itself. */

const bytesOf = (text: string) => new TextEncoder().encode(text);
const file = (path: string, content: string | Uint8Array) =>
  memoryFile(path, typeof content === "string" ? bytesOf(content) : content);
const rows = (n: number) => Array.from({ length: n }, (_, i) => `${i},${2 + 1 / (i + 1)}\n`).join("");

async function read(...files: SourceFile[]) {
  const none = async () => {};
  const { runs, problems } = await readHistories(files, histories, { batch: none, ended: none });
  return {
    points: runs.map((run) => run.read.points),
    problems: problems.map((p) => `${p.path} ${p.line}: ${p.message}`),
  };
}

describe("a file that ends within a number says so: 3.2 may have been 3.25", () => {
  const cut = "the last of its values may be cut";
  test.each<[string, string, string | null]>([
    ["a.csv", "step,loss\n1,3.5\n2,3.25\n3,3.2\n", null],
    ["a.csv", "step,loss\n1,3.5\n2,3.25\n3,3.2", `a.csv 4: the file ends within the row; ${cut}`],
    ["a.csv", 'step,loss\n1,"3.5"\n2,"3.25"\n3,"3.2"', null],
    ["main.log", "s:0 tel:3.5\ns:1 trl:3.2\n", null],
    ["main.log", "s:0 tel:3.5\ns:1 trl:3.2", `main.log 2: the file ends within the line; ${cut}`],
    ["main.log", "s:0 tel:3.5\ns:1 trl:3.2\nKilled", null],
  ])("%s: %j", async (path, text, problem) => {
    const { points, problems } = await read(file(path, text));
    expect([points.length, problems]).toEqual([1, problem === null ? [] : [problem]]);
  });

  test("in MLflow's store, which ends each line, the point is left out: its step may be cut", async () => {
    const metric = file("r/metrics/loss", "1700000000000 2.5 10\n1700000001000 2.25 2");
    const { points, problems } = await read(
      file("r/meta.yaml", "lifecycle_stage: active\nrun_id: a\nstatus: 3\n"),
      metric,
    );
    expect([points, problems]).toEqual([[1], ["r/metrics/loss 2: the file ends within the line, which is left out"]]);
  });
});

test("a line of any length takes a moment, whatever stands in it", async () => {
  for (const piece of [" ", "1", "1,", "a=1 ", "x ", "loss: 1 ", "step ", "'a': 1, ", "a: 1 | "])
    for (const line of [piece.repeat(300_000), piece.repeat(8_000 / piece.length)]) {
      const text = `step 1 loss 2.5\nstep 2 loss${line}\nstep ${line} loss\n[step=1${line}\nstep 3 loss 2.25\n`;
      const begun = performance.now();
      const { points } = await read(file("a.log", text));
      expect(points[0]).toBeGreaterThanOrEqual(2);
      expect([piece, performance.now() - begun < 5_000]).toEqual([piece, true]);
    }
});

test("tens of thousands of columns of one name, and a name as long, are read in a moment", async () => {
  const many = `lr,loss${",x".repeat(60_000)}\n1,2${",3".repeat(60_000)}\n`;
  const tooMany = "its header has 60002 cells, and a table may have 20000 columns";
  await expect(formats[0]!.read({ name: "a.csv", bytes: bytesOf(many) })).rejects.toThrow(tooMany);
  const wide = `lr,"lo${" ".repeat(300_000)}ss"\n1,${" ".repeat(300_000)}2\n`;
  await formats[0]!.read({ name: "a.csv", bytes: bytesOf(wide) }).catch((e) => expect(e.message).toMatch(/\S/));
  const { points } = await read(file("a.csv", `step,loss${",x".repeat(30_000)}\n${rows(30)}`));
  expect(points).toEqual([]);
}, 10_000);

test("zero bytes at the end of a long table cost no other file", async () => {
  const damaged = Uint8Array.from([...bytesOf(`step,loss\n${rows(9_000)}`), ...new Uint8Array(90_000)]);
  const { points } = await read(file("a.csv", damaged), file("b.csv", `step,loss\n${rows(30)}`));
  expect(points.at(-1)).toBe(30);
});

test("Parquet whose columns are not those of its schema is one problem, and no error that nobody awaits", async () => {
  const numbers = Float64Array.from({ length: 40 }, (_, i) => i);
  const columnData = ["step", "loss"].map((name) => ({ name, data: numbers }));
  const bytes = new Uint8Array(parquetWriteBuffer({ columnData, codec: "UNCOMPRESSED" }));
  const footer = Buffer.from(
    bytes.buffer,
    bytes.length - 8 - new DataView(bytes.buffer).getUint32(bytes.length - 8, true),
  );
  const at = footer.indexOf("loss");
  footer[at] = 0x6d;
  bytes.fill(0xff, 4, 60);
  const { points, problems } = await read(file("r/a.parquet", bytes), file("b.csv", `step,loss\n${rows(30)}`));
  expect(points).toEqual([30]);
  expect(problems).toEqual(["r/a.parquet null: its columns are not those of its schema: it is damaged"]);
  await expect(formats[0]!.read({ name: "a.parquet", bytes })).rejects.toThrow("it is damaged");
});

test("a YAML whose last line has no end may be cut: it is read, and said once", async () => {
  const cut = "it may be cut: its last line has no end, and the last value may be a shorter one";
  const runs = [file("r/a.csv", `step,loss\n${rows(30)}`), file("r/b.csv", `step,loss\n${rows(30)}`)];
  const whole = await read(file("r/config.yaml", "width: 1024\nlr: 0.00025\n"), ...runs);
  expect([whole.points, whole.problems]).toEqual([[30, 30], []]);
  const short = await read(file("r/config.yaml", "width: 1024\nlr: 0.0002"), ...runs);
  expect([short.points, short.problems]).toEqual([[30, 30], [`r/config.yaml null: ${cut}`]]);
  const json = await read(file("r/config.json", '{"lr": 0.00025}'), ...runs);
  expect(json.problems).toEqual([]);
  const meta = "lifecycle_stage: active\nrun_id: a\nstatus: 3\nrun_name: ab";
  const { problems } = await read(file("m/meta.yaml", meta), file("m/metrics/loss", "1700000000000 2.5 10\n"));
  expect(problems).toEqual([`m/meta.yaml null: ${cut}`]);
});

test("settings that are nested without end are left out and said", async () => {
  const yaml = `lr: 0.1\n? ${"[".repeat(20_000)}\n`;
  const { points, problems } = await read(file("r/hparams.yaml", yaml), file("r/a.csv", `step,loss\n${rows(30)}`));
  expect(points).toEqual([30]);
  const why = "line 2, column 101: nesting exceeded maxDepth (100)";
  expect(problems).toEqual([`r/hparams.yaml null: its settings cannot be read: ${why}`]);
});

test("a format that cannot tell whether a file is its own costs no other file", async () => {
  const broken = { ...histories[0]!, title: "Broken", groupOf: () => JSON.parse("{") };
  const none = async () => {};
  const report = await readHistories([file("b.csv", `step,loss\n${rows(30)}`)], [broken, ...histories], {
    batch: none,
    ended: none,
  });
  expect(report.runs.map((run) => run.read.points)).toEqual([30]);
  expect(report.problems[0]?.message).toMatch(/^whether it is of Broken cannot be told: /);
});
