import { describe, expect, test } from "vitest";
import { parseFilter } from "./filter";

/** A time that grows with the square of the length would reach the time limit of the test. */
const N = 300_000;

describe("a long filter is read or refused in time that grows with its length", () => {
  const texts: [string, string][] = [
    ["blanks", " ".repeat(N)],
    ["blanks between letters", `a${" ".repeat(N)}b`],
    ["words", "a ".repeat(N / 2)],
    ["one word", "a".repeat(N)],
    ["words far apart", `a${" ".repeat(500)}`.repeat(N / 500)],
    ["blanks around the sign", `lr${" ".repeat(N)}=${" ".repeat(N)}1`],
    ["blanks around and", `lr=1${" ".repeat(N)}and${" ".repeat(N)}lr=1`],
    ["bars", `lr=${"1|".repeat(N)}1`],
  ];
  test.each(texts)("%s", (_, text) => {
    let end = "read";
    try {
      parseFilter(text);
    } catch (e) {
      end = (e as Error).message;
    }
    expect(end).toMatch(/^read$|^filter: /);
  });
});
