import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { BUGS as TRAINER_BUGS } from "../workers/trainer/tests/planted-bugs-list.mjs";
import { BUGS as STORE_BUGS } from "./planted-store-list.mjs";

const ROOT = resolve(import.meta.dirname, "..");

// Planting takes minutes and runs apart; that code has moved away from under a bug is seen here.
describe.each([
  ["store", ROOT, STORE_BUGS],
  ["trainer", join(ROOT, "workers", "trainer"), TRAINER_BUGS],
] as const)("the planted bugs of the %s", (_, folder, bugs) => {
  test.each(bugs.map((bug) => [bug.name, bug] as const))("%s", (_name, { file, from }) => {
    expect(readFileSync(join(folder, file), "utf8").split(from)).toHaveLength(2);
  });
});
