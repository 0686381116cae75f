import { expect, test } from "vitest";
import { type Batch, type FoundRun, histories, memoryFile, readHistories } from ".";

const rows = (n: number) => Array.from({ length: n }, (_, i) => `${i},${2 + 1 / (i + 1)}\n`).join("");
const csv = (n: number) => memoryFile("a.csv", new TextEncoder().encode(`step,loss\n${rows(n)}`));

test("points that are not taken, in the middle of a file, end the import: nothing of it counts as read", async () => {
  const ended: FoundRun[] = [];
  const reader = {
    batch: async () => {
      throw new Error("the server is away");
    },
    ended: async (run: FoundRun) => void ended.push(run),
  };
  await expect(readHistories([csv(250_000)], histories, reader)).rejects.toThrow("the server is away");
  expect(ended).toEqual([]);
});

test("points of a long file come in several batches, all of them, each once", async () => {
  const batches: Batch[] = [];
  const reader = { batch: async (_: FoundRun, batch: Batch) => void batches.push(batch), ended: async () => {} };
  await readHistories([csv(250_000)], histories, reader);
  expect(batches.length).toBeGreaterThan(1);
  const steps = batches.flatMap(({ series }) => [...series[0]!.steps]);
  expect(steps).toEqual(Array.from({ length: 250_000 }, (_, i) => i));
});
