import { expect, test, vi } from "vitest";
import { recentRestarts } from "@/server/services/health";
import { type Running, supervise } from "./supervised";

const said: string[] = [];
const ended = (why: string): Running => ({ ended: Promise.resolve(why) });
const forEver: Running = { ended: new Promise(() => {}) };

/** Supervises a program whose starts do what `starts` says, in turn; resolves to why it was given up, or to "up". */
function run(starts: (() => Running)[], waitsFor?: (e: unknown) => string | null): Promise<string> {
  said.length = 0;
  return new Promise((done) => {
    const stop = supervise(ended("killed"), {
      part: "worker",
      name: "it",
      firstPauseMs: 1,
      say: (line) => said.push(line),
      giveUp: done,
      waitsFor,
      start: async () => {
        const next = starts.shift();
        if (next) return next();
        stop();
        done("up");
        return forEver;
      },
    });
  });
}

test("what ends is started again, after pauses that double", async () => {
  expect(await run([() => ended("killed"), () => ended("killed")])).toBe("up");
  expect(said.filter((line) => line.includes("started again"))).toEqual([
    "it has ended (killed); started again in 0.001 s (try 1 of 5)",
    "it has ended (killed); started again in 0.002 s (try 2 of 5)",
    "it has ended (killed); started again in 0.004 s (try 3 of 5)",
  ]);
});

test("what ended is known until ten minutes after it runs again", async () => {
  let known: unknown[] = [];
  const looking = (): Running => {
    known = recentRestarts(Date.now() + 3_600_000);
    return ended("killed");
  };
  expect(await run([looking])).toBe("up");
  expect(known).toMatchObject([{ part: "worker", runsAgainAt: null, attempt: 1, attempts: 5 }]);
  const runsAgainAt = await vi.waitFor(() => {
    const [restart] = recentRestarts();
    if (!restart?.runsAgainAt || restart.attempt !== 2) throw new Error("not yet");
    return Date.parse(restart.runsAgainAt);
  });
  expect(recentRestarts(runsAgainAt + 599_999)).toHaveLength(1);
  expect(recentRestarts(runsAgainAt + 600_000)).toEqual([]);
});

test("the sixth end within ten minutes is the last, with its reason, also of starts that fail", async () => {
  const fails = () => {
    throw new Error("no file");
  };
  const why = await run([() => ended("a"), fails, () => ended("b"), fails, fails, () => ended("never")]);
  expect(why).toBe("it ended 6 times within ten minutes, last: no file; given up");
});

test("a start that waits for something costs no try", async () => {
  class Full extends Error {}
  const full = () => {
    throw new Full("no space");
  };
  const starts = Array.from({ length: 12 }, () => full);
  expect(await run(starts, (e) => (e instanceof Full ? "the disk is full" : null))).toBe("up");
  expect(said).toEqual(["it has ended (killed); started again in 0.001 s (try 1 of 5)", "it waits: the disk is full"]);
});
