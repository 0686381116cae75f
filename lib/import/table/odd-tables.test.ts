import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, test } from "vitest";
import { curvesOf, optimumOf } from "../../estimate";
import { guessMapping } from "../../mapping";
import { importedRuns, pointsOfTable, readDelimited, readTable, type Table } from ".";

const bytes = (text: string) => new TextEncoder().encode(text);
const csvFile = (text: string) => ({ name: "a.csv", bytes: bytes(text) });
const utf16 = (text: string, big: boolean) => {
  const out = new Uint8Array(2 * text.length);
  const view = new DataView(out.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), !big);
  return out;
};
/** A table as it is read without a mapping. */
function guessed(table: Table) {
  const mapping = guessMapping(table.columns);
  return { mapping, ...pointsOfTable(table, mapping) };
}
const csv = (text: string) => guessed(readDelimited(text));
const statusOf = (read: ReturnType<typeof csv>) =>
  curvesOf(read.points, { loss: "held-out", seeds: "average" }).map((c) => optimumOf(c, "parabola").status);

describe("numbers that are none", () => {
  test("Parquet with NaN and infinities in any column, big integers, bytes and lists is imported", async () => {
    const data = parquetWriteBuffer({
      columnData: [
        { name: "lr", data: Float64Array.of(0.001, 0.002, 0.004) },
        { name: "bs", data: Int32Array.of(8, 8, 8), type: "INT32" },
        { name: "D", data: BigInt64Array.of(1_000_000n, 1_000_000n, 1_000_000n), type: "INT64" },
        { name: "loss", data: Float64Array.of(3.1, Number.NaN, Number.POSITIVE_INFINITY) },
        { name: "grad_norm", data: Float64Array.of(Number.NaN, 1, Number.NEGATIVE_INFINITY) },
        { name: "job", data: BigInt64Array.of(9_007_199_254_740_993n, 1n, 2n), type: "INT64" },
      ],
    });
    const table = await readTable({ name: "a.parquet", bytes: new Uint8Array(data) });
    const read = guessed(table);
    expect(read.problems).toEqual([]);
    const { runs, problems } = importedRuns(read, table);
    expect(problems).toEqual([]);
    expect(runs.map((r) => r.diverged)).toEqual([false, true, true]);
    expect(runs.map((r) => r.config.grad_norm)).toEqual(["NaN", 1, "-Infinity"]);
    expect(runs[0]!.config.job).toBe("9007199254740993");
  });

  test("a JSON array with bare NaN, as Python writes it, is read; one that breaks says where", async () => {
    const table = await readTable(
      csvFile('[{"lr":0.001,"bs":8,"D":1e6,"loss":3.1},\n{"lr":0.008,"bs":8,"D":1e6,"loss":NaN}]'),
    );
    expect(guessed(table).points.map((p) => p.state)).toEqual(["finished", "diverged"]);
    const broken = guessed(await readTable(csvFile('[{"lr":0.001},\n{"lr" 2}]')));
    expect(broken.problems).toMatchObject([{ line: 2, field: "row", message: expect.stringContaining("is not JSON") }]);
  });

  test.each([
    "nan",
    "NaN",
    "-nan",
    "+NAN",
    "nan(ind)",
    "1.#QNAN",
    "-1.#IND",
    "inf",
    "-Infinity",
    "∞",
    "#NUM!",
    "#N/A",
    "diverged",
  ])("a loss of %s is a diverged run", (word) => {
    expect(csv(`lr,bs,D,loss\n0.001,8,1e6,${word}`).points.map((p) => p.state)).toEqual(["diverged"]);
  });
});

describe("whether a run ended", () => {
  const rows = (state: string) => `"Name","State","lr","batch_size","tokens","val/loss"
"a","finished","0.001","8","1000000","3.1"
"b","Finished","0.002","8","1000000","3.0"
"c","FINISHED","0.004","8","1000000","2.9"
"d","${state}","0.008","8","1000000",""`;

  test.each(["crashed", "running", "FAILED", "KILLED", "preempting", "finished"])(
    "%s without a loss is no diverged run",
    (state) => {
      const read = csv(rows(state));
      expect(read.points).toHaveLength(3);
      expect(read.problems).toEqual([]);
      expect([read.unfinished, read.noResult]).toEqual(state === "finished" ? [[], [5]] : [[5], []]);
      expect(statusOf(read)).toEqual(["censored-high"]);
      expect(read.names).toEqual(["a", "b", "c"]);
    },
  );

  test("a state that nobody knows is named", () => {
    expect(csv(rows("resting")).problems).toMatchObject([{ line: 5, field: "state", value: "resting" }]);
  });

  test("MLflow's columns are found behind their prefixes", () => {
    const read = csv(
      "run_id,status,params.lr,params.batch_size,params.tokens,metrics.val_loss,tags.mlflow.runName\n1,FINISHED,0.001,8,1000000,3.0,a\n3,FAILED,0.004,8,1000000,,b",
    );
    expect(read.mapping).toMatchObject({
      peakLr: "params.lr",
      batchSeqs: "params.batch_size",
      finalLoss: "metrics.val_loss",
      state: "status",
    });
    expect([read.points.length, read.unfinished, read.names]).toEqual([1, [3], ["a"]]);
  });
});

test("Etalon's own export is read back as it was", () => {
  const head =
    "id,name,state,diverged,tags,sweepId,architecture,parametrization,width,depth,paramsTotal,paramsNonEmbedding,paramsActive,batchSeqs,seqLen,tokens,peakLr,schedule,data,seed,finalLoss,trainTailLoss,lossMetric,lossTaken,wallSeconds,createdAt,startedAt,finishedAt";
  const row = (state: string, loss: string, diverged = "false") =>
    `x,r,${state},${diverged},,,dense,mup,64,2,200000,100000,,8,128,1000000,0.001,cosine,sotu,3,${loss},${loss},val/loss,last,,,,`;
  const read = csv(
    [head, row("finished", "3.2"), row("finished", "NaN", "true"), row("failed", ""), row("finished", "")].join("\n"),
  );
  expect(read.problems).toEqual([]);
  expect([read.unfinished, read.noResult]).toEqual([[4], [5]]);
  expect(read.points[0]).toMatchObject({
    ...{
      paramsNonEmbedding: 100_000,
      paramsTotal: 200_000,
      paramsActive: null,
      finalLoss: 3.2,
      trainTailLoss: 3.2,
      lossMetric: "val/loss",
    },
    ...{ lossTaken: "last", seed: 3, width: 64, depth: 2, architecture: "dense", schedule: "cosine", seqLen: 128 },
  });
  expect(read.points[1]).toMatchObject({ state: "diverged" });
});

describe("encodings and beginnings", () => {
  const text = "lr\tbs\tD\tloss\r\n0.001\t8\t1e6\t3.1\r\n0.002\t8\t1e6\t3.0\r\n";
  test.each([
    ["UTF-16 with its mark", utf16(`\ufeff${text}`, false)],
    ["UTF-16, big end first", utf16(`\ufeff${text}`, true)],
    ["UTF-16 without a mark", utf16(text, false)],
    ["UTF-8 with a mark", bytes(`\ufeff${text}`)],
    [
      "Windows-1252",
      Uint8Array.from([
        ...bytes(text.replaceAll("\t", ",").replace("loss", "loss,n")),
        0x30,
        0x2c,
        0x38,
        0x2c,
        0x31,
        0x2c,
        0x33,
        0x2c,
        0xfc,
      ]),
    ],
  ])("%s", async (_name, data) => {
    const read = guessed(await readTable({ name: "a.csv", bytes: data }));
    expect(read.points.length).toBeGreaterThanOrEqual(_name === "Windows-1252" ? 0 : 2);
    expect(read.mapping.peakLr).toBe("lr");
  });

  test("sep=, comments and a header behind # keep the numbers of their lines", () => {
    expect(csv("sep=;\r\nlr;bs;D;loss\r\n0.001;8;1e6;3.1").lines).toEqual([3]);
    expect(csv("# made on Monday\nlr,bs,D,loss\n# the first\n0.001,8,1e6,3.1").lines).toEqual([4]);
    expect(csv("# lr,bs,D,loss\n0.001,8,1e6,3.1").points).toHaveLength(1);
  });

  test("columns of one name are all within reach", () => {
    expect(readDelimited("lr,bs,D,loss,loss,loss (2)\n1,2,3,4,5,6")).toMatchObject({
      columns: ["lr", "bs", "D", "loss", "loss (3)", "loss (2)"],
      rows: [{ loss: "4", "loss (3)": "5", "loss (2)": "6" }],
    });
  });
});

describe("how numbers are written", () => {
  test.each([
    ["decimal commas", "lr;bs;D;loss\n0,003;8;1000000;3,12", "comma", [0.003, 1_000_000, 3.12]],
    ["thousands by points", "lr;bs;D;loss\n0,003;8;1.000.000;3,12", "comma", [0.003, 1_000_000, 3.12]],
    ["thousands by commas", 'lr,bs,D,loss\n0.003,8,"1,000,000",3.12', "point", [0.003, 1_000_000, 3.12]],
    ["a thousand, or one", "lr;bs;D;loss\n0.003;8;1.000;3.12", "comma", [0.003, 1_000, 3.12]],
    ["one", "lr;bs;D;loss\n0.003;8;1.000;3.12", "point", [0.003, 1, 3.12]],
  ] as const)("%s are asked about, and read as was said", async (name, text, decimal, [lr, tokens, loss]) => {
    const asked = csv(text);
    expect(asked.points).toEqual([]);
    expect(asked.question).toMatchObject({ line: 2, message: expect.stringContaining("--decimal") });
    const said = guessed(await readTable(csvFile(text), decimal));
    expect(said.question).toBeNull();
    if (name === "a thousand, or one") return; // 0.003 has no comma: with commas it is three
    expect(said.points[0]).toMatchObject({ peakLr: lr, tokens, finalLoss: loss });
  });

  test("suffixes and underscores are plain", () => {
    const read = csv("lr,bs,D,loss\n0.003,8,1B,3.12\n0.003,8,300M,3.12\n0.003,8,1_000_000,3.12\n0.003,8,128Ki,3.12");
    expect(read.points.map((p) => p.tokens)).toEqual([1e9, 3e8, 1e6, 131_072]);
  });

  test("losses with three decimals are no question", () => {
    expect(csv("lr,bs,D,loss\n0.003,8,1e6,3.125").question).toBeNull();
  });
});

test("with a decimal comma plain numbers of programs, exponents and names stay what they are", async () => {
  const text = "name;lr;loss\n1.234;0.003;2,5\nrun 2;1.5e-3;3,125\nb;0,004;2,75";
  const table = await readTable(csvFile(text), "comma");
  expect(table.rows).toEqual([
    { name: "1.234", lr: "0.003", loss: "2.5" },
    { name: "run 2", lr: "1.5e-3", loss: "3.125" },
    { name: "b", lr: "0.004", loss: "2.75" },
  ]);
});

test("rows whose first cell begins with # are rows, and comments do not choose the separator", () => {
  expect(readDelimited('name,loss\n#1,2.5\n"#3",2').rows).toHaveLength(2);
  expect(readDelimited("# run of 2026, final, again\nlr;loss\n1e-3;2,5")).toMatchObject({
    columns: ["lr", "loss"],
    rows: [{ loss: "2,5" }],
  });
});

test("a setting is preferred to a rate that was logged", () => {
  const read = csv(
    "Name,train/learning_rate,learning_rate,batch_size,tokens,train_loss,eval/loss\na,1e-07,0.0003,8,1000000,3.0,3.1",
  );
  expect(read.mapping.peakLr).toBe("learning_rate");
  expect(guessMapping(["train/learning_rate", "optimizer.lr"]).peakLr).toBeDefined();
});

test("a batch in tokens that is no whole number of sequences is rounded with a note", () => {
  const read = csv("lr,batch_tokens,seq_len,tokens,loss\n0.001,500000,2048,1e9,3.1");
  expect(read.points[0]!.batchSeqs).toBe(244);
  expect(read.notes).toMatchObject([{ line: 2, field: "batchSeqs", value: "244.140625" }]);
});

test("one row that cannot be stored is named and costs no other", () => {
  const lines = Array.from({ length: 2_000 }, (_, i) => `0.00${i + 1},8,1e6,3.1,${i}`);
  lines[1_000] = "0.001,8,1e6,3.1,99999999999999999999";
  lines[1_500] = '0.001,8,1e6,3.1,1"\u0000"';
  const table = readDelimited(["lr,bs,D,loss,seed", ...lines].join("\n"));
  const read = guessed(table);
  const { runs, problems } = importedRuns(read, table);
  expect(new Set([...read.problems, ...problems].map((p) => p.line))).toEqual(new Set([1_002, 1_502]));
  expect(runs).toHaveLength(1_998);
});

test.each([
  ['"Step","run-a - val/loss","run-a - val/loss__MIN","run-a - val/loss__MAX"\n10,3.1,3.1,3.1', /W&B chart/],
  ["Wall time,Step,Value\n1764324000.123,10,3.1", /TensorBoard/],
  ["step,loss,val_loss\n1,2,3", /history of one run/],
])("curves are named for what they are", (text, what) => {
  expect(csv(text).problems[0]!.message).toMatch(what);
});
