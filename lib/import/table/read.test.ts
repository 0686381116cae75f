import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, it } from "vitest";
import { pointsOfTable, readDelimited, readTable } from ".";
import { kindOf } from "./detect";
import { readJsonLines } from "./json-rows";
import { identitiesOf } from "./points";

it("counts lines as an editor does, over blank lines and line ends inside quotes", () => {
  const table = readDelimited('lr,note\n\n1,"two\nlines"\r\n2,x\n3\n4,x,y\n5,x,\n');
  expect(table.rows.map((r) => r.lr)).toEqual(["1", "2", "5"]);
  expect(table.lines).toEqual([3, 5, 8]);
  expect(table.problems).toEqual([
    { line: 6, field: "row", value: "3", message: "has 1 cells where the header has 2" },
    { line: 7, field: "row", value: "4,x,y", message: "has 3 cells where the header has 2" },
  ]);
});

it("finds tabs and semicolons by itself, and tells equal names apart", () => {
  expect(readDelimited("lr\tloss\n1\t2\n").rows).toEqual([{ lr: "1", loss: "2" }]);
  expect(readDelimited("lr;loss;loss\n1;2;3\n").rows).toEqual([{ lr: "1", loss: "2", "loss (2)": "3" }]);
});

it("does not take a cut-off line for a diverged run", () => {
  const table = readDelimited("lr,tokens,batchSeqs,loss\n0.001,1e6,8,2.5\n0.002,1e6,8");
  const { points, problems } = pointsOfTable(table, {});
  expect(points).toHaveLength(1);
  expect(problems).toEqual([expect.objectContaining({ line: 3, field: "row" })]);
});

it("reads JSON lines with objects inside and Python's NaN, and names a broken line", () => {
  const table = readJsonLines(
    '{"config":{"lr":1e-3},"loss":NaN}\n\n{"config":{"lr":2e-3},"loss":2.5}\n{"config":\n[1]\n',
  );
  expect(table.rows).toEqual([
    { "config.lr": 0.001, loss: "NaN" },
    { "config.lr": 0.002, loss: 2.5 },
  ]);
  expect(table.lines).toEqual([1, 3]);
  expect(table.problems.map((p) => p.line)).toEqual([4, 5]);
  expect(readJsonLines('[{"lr":1},{"lr":2}]').rows).toHaveLength(2);
});

it("reads Parquet, whose whole numbers are big", async () => {
  const file = parquetWriteBuffer({
    columnData: [
      { name: "lr", data: [0.001, 0.002], type: "DOUBLE" },
      { name: "bs", data: [64n, 64n], type: "INT64" },
      { name: "D", data: [2_000_000_000n, 2_000_000_000n], type: "INT64" },
      { name: "smooth loss", data: [2.5, Number.NaN], type: "DOUBLE" },
    ],
  });
  const table = await readTable({ name: "a.parquet", bytes: new Uint8Array(file) });
  const mapping = { peakLr: "lr", batchSeqs: "bs", tokens: "D", finalLoss: "smooth loss" };
  const { points, problems } = pointsOfTable(table, mapping);
  expect(problems).toEqual([]);
  expect(points.map((p) => [p.peakLr, p.batchSeqs, p.tokens, p.state])).toEqual([
    [0.001, 64, 2e9, "finished"],
    [0.002, 64, 2e9, "diverged"],
  ]);
  expect(new Set(identitiesOf(points)).size).toBe(2);
});

it.each([
  ["runs.csv", "lr,loss", "csv"],
  ["RUNS.TSV", "lr,loss", "tsv"],
  ["a/b.ndjson", "lr,loss", "jsonl"],
  ["x.parquet", "lr,loss", "parquet"],
  ["x.xlsx", "lr,loss", "csv"],
  ["export.csv", "PAR1", "parquet"],
  ["export.csv", '\n{ "lr": 1}', "jsonl"],
  ["export", '[{"lr":1}]', "jsonl"],
  ["export", "[lr],[loss]", "csv"],
  ["export", "{lr} loss", "csv"],
])("%s that begins with %j is %s", (name, text, kind) => {
  expect(kindOf({ name, bytes: new TextEncoder().encode(text) })).toBe(kind);
});

it("leaves what was not asked for alone where it does not fit", () => {
  const table = readDelimited("lr,tokens,batchSeqs,loss,width,seed\n0.001,1e6,8,2.5,wide,first\n");
  const { points, problems } = pointsOfTable(table, {});
  expect(problems).toEqual([]);
  expect(points[0]).toMatchObject({ width: null, seed: null });
});

it("reads a table of sizes, tokens and losses alone where no rate is needed", () => {
  const table = readDelimited("Model Size,Training FLOP,loss\n1e8,6e17,3\n");
  const mapping = {
    paramsNonEmbedding: "Model Size",
    tokens: "`Training FLOP` / (6 * `Model Size`)",
    finalLoss: "loss",
  };
  expect(pointsOfTable(table, mapping).problems.map((p) => p.field)).toEqual(["peakLr", "batchSeqs"]);
  expect(pointsOfTable(table, mapping, { needs: ["tokens", "finalLoss"] }).points[0]).toMatchObject({
    tokens: 1e9,
    finalLoss: 3,
  });
});
