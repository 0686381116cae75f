import { expect, test } from "vitest";
import { linesOf } from "./server-notes";

const database = {
  part: "database" as const,
  endedAt: "2026-01-02T03:04:05.000Z",
  runsAgainAt: null,
  attempt: 2,
  attempts: 5,
};

test("says what is down, what was, and why", () => {
  expect(linesOf({ status: "ok", restarts: [] })).toEqual([]);
  expect(linesOf({ status: "database unavailable", restarts: [database] })).toEqual([
    "The database ended unexpectedly at 03:04:05 UTC and is being started again (start 2 of 5 within ten minutes).",
  ]);
  expect(
    linesOf({ status: "ok", restarts: [{ ...database, part: "worker", runsAgainAt: "2026-01-02T03:04:07.000Z" }] }),
  ).toEqual([
    "The local worker ended unexpectedly at 03:04:05 UTC and runs again since 03:04:07 UTC (start 2 of 5 within ten minutes).",
  ]);
  expect(linesOf({ status: "database unavailable", restarts: [] })).toHaveLength(1);
  expect(linesOf({ status: "database unavailable", reason: "the disk is full", restarts: [database] })[1]).toBe(
    "The database does not answer: the disk is full.",
  );
});
