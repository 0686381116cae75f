import { describe, expect, it } from "vitest";
import { pointFilter } from "../../filter";
import { parseMapping } from "../../mapping";
import { pointsOfTable as read } from ".";
import type { TableRow } from "./rows";

const pointsOfTable = (rows: TableRow[], columns: string[], mapping: Parameters<typeof read>[1]) =>
  read({ columns, rows, lines: rows.map((_, i) => i + 2), problems: [] }, mapping);

const columns = ["lr", "bs", "D", "N", "smooth loss"];
const mapping = parseMapping('lr=lr,batchSeqs=bs,tokens=D,params=N,loss="smooth loss",seqLen=2048,architecture=dense');
const row = (over: Record<string, string> = {}) => ({
  lr: "0.004",
  bs: "64",
  D: "2e9",
  N: "6.03e6",
  "smooth loss": "2.1",
  ...over,
});

describe("pointsOfTable", () => {
  it("reads columns and constants", () => {
    const { points, problems } = pointsOfTable([row()], columns, mapping);
    expect(problems).toEqual([]);
    expect(points[0]).toMatchObject({
      runId: "line-2",
      peakLr: 0.004,
      batchSeqs: 64,
      tokens: 2e9,
      seqLen: 2048,
      architecture: "dense",
      finalLoss: 2.1,
    });
    expect(points[0]!.paramsNonEmbedding).toBe(6.03e6);
  });

  it("keeps a loss that is no finite number as a diverged run, and counts an empty one as missing", () => {
    const rows = [row({ "smooth loss": "" }), row({ "smooth loss": "inf" }), row({ "smooth loss": "" })];
    const { points, noResult } = pointsOfTable(rows, columns, mapping);
    expect(points.map((p) => p.state)).toEqual(["diverged"]);
    expect(noResult).toEqual([2, 4]);
  });

  it("lets a column that is no dimension choose runs once it is mapped to one", () => {
    const rows = [row(), row()].map((r, i) => ({ ...r, sweep_id: `s${i}` }));
    const { points } = pointsOfTable(rows, [...columns, "sweep_id"], { ...mapping, recipe: "sweep_id" });
    expect(points.filter(pointFilter("recipe = s1")).map((p) => p.runId)).toEqual(["line-3"]);
  });

  it("says once that no batch is mapped", () => {
    const { batchSeqs: _, ...without } = mapping;
    const { points, problems } = pointsOfTable([row(), row(), row()], columns, without);
    expect(points).toEqual([]);
    expect(problems).toEqual([
      {
        line: 1,
        field: "batchSeqs",
        value: "",
        message: expect.stringMatching(/^is not mapped; map batchSeqs or batchTokens; the table has lr, bs/),
      },
    ]);
  });

  it("names line, field and value of what it cannot read", () => {
    const { points, problems } = pointsOfTable([row(), row({ lr: "fast" }), row({ D: "-5" })], columns, mapping);
    expect(points).toHaveLength(1);
    expect(problems).toEqual([
      { line: 3, field: "peakLr", value: "fast", message: "is not a positive number" },
      { line: 4, field: "tokens", value: "-5", message: "is not a positive number" },
    ]);
  });

  it("says which columns there are when one is not", () => {
    const { problems } = pointsOfTable([row()], columns, parseMapping("lr=learning_rate,tokens=D,loss=loss"));
    expect(problems.map((p) => p.field)).toEqual(["batchSeqs", "peakLr", "finalLoss"]);
    expect(problems[0]!.message).toContain("smooth loss");
  });

  it("reads a batch in tokens", () => {
    const { points } = pointsOfTable([row()], columns, {
      peakLr: "lr",
      tokens: "D",
      finalLoss: "smooth loss",
      batchTokens: "131072",
      seqLen: "2048",
    });
    expect(points[0]!.batchSeqs).toBe(64);
  });
});

it.each(["lr", "speed=lr"])("refuses the mapping %s", (text) => {
  expect(() => parseMapping(text)).toThrow(/mapping: "/);
});
