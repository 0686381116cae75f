import { expect, test } from "vitest";
import { time } from ".";

test.each([
  ["2026-01-31T23:30:00Z", "UTC", "2026-01-31 23:30 UTC"],
  ["2026-01-31T23:30:00Z", "Europe/Zurich", "2026-02-01 00:30 GMT+1"],
  ["2026-07-31T23:30:00Z", "Europe/Zurich", "2026-08-01 01:30 GMT+2"],
  ["2026-01-31T23:30:00Z", "Asia/Kolkata", "2026-02-01 05:00 GMT+5:30"],
  ["2026-01-31T03:30:00Z", "America/Los_Angeles", "2026-01-30 19:30 GMT-8"],
])("%s in %s", (at, zone, expected) => {
  expect(time(new Date(at), zone)).toBe(expected);
});
