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

test("a run that was read leaves a part of its last points in memory alone", async () => {
  const names = Array.from({ length: 100 }, (_, i) => `m${i}`).join(",");
  const values = ",1".repeat(100);
  const text = (n: number) => `step,${names}\n${Array.from({ length: n }, (_, i) => `${i}${values}\n`).join("")}`;
  const held = async (n: number) => {
    const bytes = new TextEncoder().encode(text(n));
    const files = Array.from({ length: 5 }, (_, i) => memoryFile(`${i}.csv`, bytes));
    const { runs } = await readHistories(files, histories, { batch: async () => {}, ended: async () => {} });
    return runs.map(({ read }) => read);
  };
  const sizeOf = (value: unknown, seen = new Set()): number => {
    if (ArrayBuffer.isView(value)) return value.byteLength;
    if (typeof value !== "object" || value === null || seen.has(value)) return 0;
    seen.add(value);
    const inner = value instanceof Map ? [...value.values()] : Object.values(value);
    return inner.reduce((n: number, v) => n + sizeOf(v, seen), 0);
  };
  expect(sizeOf(await held(60)) / 500).toBeLessThan(1_000);
  expect(sizeOf(await held(600)) / 500).toBeLessThan(10_000);
});

test("points of a long file come in several batches, all of them, each once", async () => {
  const batches: Batch[] = [];
  const reader = { batch: async (_: FoundRun, batch: Batch) => void batches.push(batch), ended: async () => {} };
  await readHistories([csv(250_000)], histories, reader);
  expect(batches.length).toBeGreaterThan(1);
  const steps = batches.flatMap(({ series }) => [...series[0]!.steps]);
  expect(steps).toEqual(Array.from({ length: 250_000 }, (_, i) => i));
});
