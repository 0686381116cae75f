import { expect, test } from "vitest";
import { csvCell } from "./csv";

test.each(["=1", "@x", "+x", "-x", "-1+1", "+1-cmd", "-2.5e3x", "-Infinity+1", "\t=1", "\uff1d1"])(
  "%j is no formula",
  (text) => expect(csvCell(text).replace(/^"/, "")[0]).toBe("'"),
);

test.each(["-1", "+1.5", "-.5", "-2e-3", "-Infinity", "1=1", "a", "NaN", ""])("%j stays as it is", (text) =>
  expect(csvCell(text)).toBe(text),
);
