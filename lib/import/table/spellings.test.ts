import { expect, test } from "vitest";
import { readNumber } from "../../format";
import { guessMapping } from "../../mapping";
import { pointsOfTable, readTable } from ".";

async function read(text: string, name: string) {
  const table = await readTable({ name, bytes: Buffer.from(text) });
  const read = pointsOfTable(table, guessMapping(table.columns));
  return { table, read, points: read.points.map((p) => [p.peakLr, p.batchSeqs, p.tokens, p.finalLoss]) };
}

const TWO = [
  [0.001, 8, 1e6, 3],
  [0.002, 8, 1e6, 2.9],
];
const rows = [
  { lr: 0.001, bs: 8, D: 1e6, loss: 3 },
  { lr: 0.002, bs: 8, D: 1e6, loss: 2.9 },
];
const column = (name: keyof (typeof rows)[0]) => rows.map((r) => r[name]);
const names = ["lr", "bs", "D", "loss"] as const;

test.each([
  ["line ends of two kinds", "lr,bs,D,loss\r\n0.001,8,1e6,3\n0.002,8,1e6,2.9\r\n", "a.csv"],
  ["blanks before quotes", '"lr", "bs", "D", "loss"\n"0.001", "8", "1e6", "3"\n0.002, 8, 1e6, 2.9\n', "a.csv"],
  ["two byte order marks", "\ufeff\ufefflr,bs,D,loss\n0.001,8,1e6,3\n0.002,8,1e6,2.9\n", "a.csv"],
  ["invisible characters in names", "lr\u200b,bs\ufeff,D,loss\n0.001,8,1e6,3\n0.002,8,1e6,2.9\n", "a.csv"],
  ["a name on two lines", 'lr,bs,D,"final\r\nloss"\r\n0.001,8,1e6,3\r\n0.002,8,1e6,2.9\r\n', "a.csv"],
  ["columns set apart by blanks", "   lr  bs   D loss\n0.001  8  1e6 3\n0.002  8  1e6 2.9\n", "a.txt"],
  ["commas in a .tsv", "lr,bs,D,loss\n0.001,8,1e6,3\n0.002,8,1e6,2.9\n", "a.tsv"],
  [
    "a table in Markdown",
    "| lr | bs | D | loss |\n|---|:--|--:|:-:|\n| 0.001 | 8 | 1e6 | 3 |\n| 0.002 | 8 | 1e6 | 2.9 |",
    "a.txt",
  ],
  ["a typeset minus", "lr,bs,D,loss\n1e\u22123,8,1e6,3\n2e\u22123,8,1e6,2.9\n", "a.csv"],
  ["an array of objects", JSON.stringify(rows), "a.json"],
  ["an object around the array", JSON.stringify({ project: "p", n: 2, runs: rows }), "a.json"],
  ["pandas, a column a name", JSON.stringify(Object.fromEntries(names.map((n) => [n, { ...column(n) }]))), "a.json"],
  [
    "pandas, split",
    JSON.stringify({ columns: names, index: [0, 1], data: rows.map((r) => names.map((n) => r[n])) }),
    "a.json",
  ],
  ["pandas, index", JSON.stringify({ ...rows }), "a.json"],
  ["lists by name", JSON.stringify(Object.fromEntries(names.map((n) => [n, column(n)]))), "a.json"],
  ["objects over several lines", rows.map((r) => JSON.stringify(r, null, 2)).join("\n"), "a.json"],
  ["objects a line", rows.map((r) => JSON.stringify(r)).join("\r\n"), "a.jsonl"],
])("%s are two runs", async (_, text, name) => {
  const { read: found, points } = await read(text, name);
  expect(found.problems).toEqual([]);
  expect(points).toEqual(TWO);
});

test("lists within one run are no rows, and a broken line costs only itself", async () => {
  const layers = JSON.stringify({ ...rows[0], blocks: [{ width: 8 }, { width: 16 }] });
  expect((await read(layers, "a.jsonl")).points).toEqual([TWO[0]]);
  const broken = `${JSON.stringify(rows[0])}\n{"lr": 0.5, oops\n${JSON.stringify(rows[1])}\n`;
  const { points, read: found } = await read(broken, "a.jsonl");
  expect(points).toEqual(TWO);
  expect(found.problems.map((p) => p.line)).toEqual([2]);
});

test("no cell of an object is lost to its name", async () => {
  const { table } = await read('{"a.b":1,"a":{"b":2},"__proto__":{"x":3},"toString":4}\n', "a.jsonl");
  expect(table.columns).toEqual(["a.b", "a.b (2)", "__proto__.x", "toString"]);
  expect(Object.values(table.rows[0]!)).toEqual([1, 2, 3, 4]);
});

test("booleans that a gap made numbers, and states as enumerations of Python", async () => {
  const flags = ["1.0", "0.0", "", "nan", "T", "F"].map((f, i) => `0.00${i + 1},8,1e6,3,${f}`);
  const { read: flagged } = await read(`lr,bs,D,loss,diverged\n${flags.join("\n")}`, "a.csv");
  expect(flagged.problems).toEqual([]);
  expect(flagged.points.map((p) => p.state === "diverged")).toEqual([true, false, false, false, true, false]);
  const states = ["TrialState.COMPLETE", "TrialState.PRUNED", "RunStatus.FINISHED", "in_progress", "published"];
  const { read: stated } = await read(
    `lr,bs,D,loss,status\n${states.map((s, i) => `0.00${i + 1},8,1e6,3,${s}`).join("\n")}`,
    "a.csv",
  );
  expect(stated.problems).toEqual([]);
  expect(stated.points.map((p) => p.peakLr)).toEqual([0.001, 0.003, 0.005]);
  expect(readNumber("\u22121.5")).toBe(-1.5);
});

test("Parquet in a buffer that is part of a larger one", async () => {
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const columnData = names.map((name) => ({ name, data: column(name), type: "DOUBLE" as const }));
  const bytes = Buffer.from(parquetWriteBuffer({ columnData }));
  const within = Buffer.concat([Buffer.alloc(64), bytes, Buffer.alloc(64)]).subarray(64, 64 + bytes.length);
  const table = await readTable({ name: "a", bytes: within });
  expect(table.rows).toEqual(rows);
});
