import { expect, test } from "vitest";
import { histories, memoryFile, readHistories } from ".";

test("rows between a long list of the environment and the last words of many ranks are found", async () => {
  const lines = (n: number, line: (i: number) => string) => Array.from({ length: n }, (_, i) => line(i)).join("\n");
  const text = [
    lines(20_000, (i) => `VARIABLE_${i}=/usr/lib/some/path/${i}`),
    lines(5_000, (i) => `iter ${i}: loss ${5 - i / 5_000}, time 512.12ms`),
    lines(20_000, (i) => `[rank${i % 64}]:   File "/srv/train.py", line ${i}, in forward`),
  ].join("\n");
  const none = async () => {};
  const file = memoryFile("train.log", new TextEncoder().encode(text));
  const { runs } = await readHistories([file], histories, { batch: none, ended: none });
  expect(runs.map(({ format, read }) => [format.name, read.summaries().get("loss")?.points])).toEqual([
    ["nanogpt", 5_000],
  ]);
});
