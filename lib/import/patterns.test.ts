import { describe, expect, it } from "vitest";
import { memoryFile, readHistories } from ".";
import { textFormats } from "./text/detect";
import { grammarOfPattern, numbersOf, patternLine, patternProblem } from "./text/pattern";

const LINE = "[12:03] it 100/2000 train-loss=2.5e0 (lr 3e-4) 1,024 tok/s";

async function read(lines: string[], text: string) {
  const none = async () => {};
  const formats = textFormats([grammarOfPattern({ name: "ours", lines })]);
  const { runs } = await readHistories([memoryFile("a.log", new TextEncoder().encode(text))], formats, {
    batch: none,
    ended: none,
  });
  return runs.map((run) => Object.fromEntries(run.read.summaries()));
}

describe("numbers of a line", () => {
  it("are named by the words before them", () => {
    expect(numbersOf("step 100/2000 loss: 2.5, grad norm = 1e-3 nan").map((m) => m.name)).toEqual([
      "step",
      "of",
      "loss",
      "grad norm",
      "",
    ]);
  });

  it("become places of a pattern, which reads them again", async () => {
    const marks = numbersOf(LINE).map((m) => {
      const text = LINE.slice(m.from, m.to);
      return { ...m, name: { "100": "step", "2000": "of", "2.5e0": "loss", "1,024": "tok/s" }[text] ?? "" };
    });
    const line = patternLine(LINE, marks);
    expect(line).toBe("[{*}:{*}] it {step}/{of} train-loss={loss} (lr {*}) {tok/s} tok/s");
    const other = LINE.replace("100", "  200").replace("2.5e0", "nan").replace("12:03", "13:59");
    expect(await read([line], `${LINE}\nnoise\n${other}\n`)).toEqual([
      {
        loss: { points: 2, nonFinite: 1, first: { step: 100, value: 2.5 }, last: { step: 200, value: Number.NaN } },
        "tok/s": { points: 2, nonFinite: 0, first: { step: 100, value: 1024 }, last: { step: 200, value: 1024 } },
      },
    ]);
  });
});

it("takes text as it stands, whatever it is, and a line of its own for what stands at the step before", async () => {
  const [run] = await read(["a+b (x) {step} | {...} loss {loss}", "eval: {val}"], "a+b (x) 7 | z z loss 1\neval: 2\n");
  expect(run).toMatchObject({ loss: { last: { step: 7, value: 1 } }, val: { last: { step: 7, value: 2 } } });
});

it.each([
  ["step {step} loss", /no metric/],
  ["{step} {loss}", /no text of its own/],
  ["step {step loss", /not closed/],
  ["step {step} loss {} ", /no name/],
  ["step {step} loss {a} {a}", /twice/],
  ["x {...} {...} {...} {loss}", /2 times/],
])("refuses %j", (line, message) => {
  expect(patternProblem(line)).toMatch(message);
  expect(() => grammarOfPattern({ name: "p", lines: [line] })).toThrow(message);
});

it("reads a line that nearly fits in time of its length", async () => {
  const long = `step ${"1 ".repeat(200_000)}`;
  expect(await read(["step {step} {...} a {...} b {loss}"], `${long}\nstep 1 x a y b 2\n`)).toHaveLength(1);
});
