import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { inBackground, type Loop, type Pass } from "./background";

let loop: Loop | undefined;
let lines: string[] = [];
beforeEach(() => {
  lines = [];
  vi.useFakeTimers();
});
afterEach(async () => {
  await loop?.stop();
  vi.useRealTimers();
});

/** Starts a loop of a pass each second; returns when each of its passes began. */
function started(pass: (n: number, means: Pass) => boolean | Promise<boolean>): number[] {
  const begun: number[] = [];
  const start = performance.now();
  loop = inBackground(
    async (means) => {
      begun.push(performance.now() - start);
      return pass(begun.length, means);
    },
    { everyMs: 1_000, failure: "not done", log: (line) => lines.push(line) },
  );
  return begun;
}

test("a pass begins at once, then so long after the end of the one before; at once where there is more", async () => {
  const begun = started(async (n) => {
    if (n === 2) await new Promise((done) => setTimeout(done, 700));
    return n === 3;
  });
  await vi.advanceTimersByTimeAsync(3_800);
  expect(begun).toEqual([0, 1_000, 2_700, 2_700, 3_700]);
});

test("the pause doubles while passes fail, up to five seconds, and is as before after one that does not", async () => {
  const begun = started((n) => {
    if (n <= 5) throw new Error("away");
    return false;
  });
  await vi.advanceTimersByTimeAsync(22_500);
  expect(begun).toEqual([0, 2_000, 6_000, 11_000, 16_000, 21_000, 22_000]);
});

test("each message is said once, and again after a minute, whether a pass failed or complained", async () => {
  started((n, { complain }) => {
    complain(new Error(n % 2 === 0 ? "even" : "odd"));
    throw new Error("away");
  });
  await vi.advanceTimersByTimeAsync(59_000);
  expect(lines).toEqual(["not done: odd", "not done: away", "not done: even"]);
  await vi.advanceTimersByTimeAsync(13_000);
  expect(lines.slice(3).sort()).toEqual(["not done: away", "not done: even", "not done: odd"]);
});

test("stopping waits for the pass under way, tells it, and says no more", async () => {
  let seen = false;
  const begun = started(async (_, { stopped }) => {
    await new Promise((done) => setTimeout(done, 300));
    seen = stopped();
    throw new Error("the connection was closed");
  });
  let ended = false;
  const stopping = loop!.stop().then(() => {
    ended = true;
  });
  await vi.advanceTimersByTimeAsync(200);
  expect([ended, seen]).toEqual([false, false]);
  await vi.advanceTimersByTimeAsync(200);
  await stopping;
  expect([ended, seen, lines]).toEqual([true, true, []]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(begun).toEqual([0]);
});

test("stopping ends a pause, and the first pass can be waited for", async () => {
  let through = false;
  const begun = started(async () => {
    await new Promise((done) => setTimeout(done, 50));
    through = true;
    return false;
  });
  await vi.advanceTimersByTimeAsync(50);
  await loop!.first;
  expect(through).toBe(true);
  await loop!.stop();
  expect(begun).toEqual([0]);
});
