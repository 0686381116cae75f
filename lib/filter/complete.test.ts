import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { completed, keyText, knownChoices, matching, parseFilter, placeAt, RUN_FIELDS } from ".";

/** The caret stands at `^`. */
function at(marked: string) {
  const caret = marked.indexOf("^");
  return { text: marked.replace("^", ""), caret };
}
function place(marked: string) {
  const { text, caret } = at(marked);
  return placeAt(text, caret);
}
const seen = (marked: string) => {
  const p = place(marked);
  return p && [p.expects, p.key && keyText(p.key), p.typed];
};

describe("what is expected at the caret", () => {
  it.each([
    ["^", ["key", null, ""]],
    ["wid^", ["key", null, "wid"]],
    ["wi^dth = 32", ["key", null, "wi"]],
    ["width ^", ["operator", "width", ""]],
    ["width=^", ["value", "width", ""]],
    ["lr >= 0.0^", null],
    ["lr != 0.0^", ["value", "peakLr", "0.0"]],
    ["width = 32|^", ["value", "width", ""]],
    ["width = 32 | 6^", ["value", "width", "6"]],
    ["width = 32 ^", ["key", null, ""]],
    ["width = 32, st^", ["key", null, "st"]],
    ["(state = fin^", ["value", "state", "fin"]],
    ["not diverged = ^", ["value", "diverged", ""]],
    ['data = "web te^', ["value", "data", "web te"]],
    ["config.opt^", ["key", null, "config.opt"]],
    ["config.optimizer.name = ad^", ["value", "config.optimizer.name", "ad"]],
    ['metric("val/loss").min ^', ["operator", 'metric("val/loss").min', ""]],
    ['"a name^', null],
    ["a ! b ^", null],
    ["state = width ^", ["key", null, ""]],
  ])("%s", (marked, expected) => expect(seen(marked)).toEqual(expected));
});

it.each([
  ["wid^", "width", "width ^"],
  ["wi^dth = 32", "width", "width ^= 32"],
  ["state = fi^ lr > 1", "finished", "state = finished ^lr > 1"],
  ["data = ^", "web text", 'data = "web text" ^'],
  ['data = "web te^', "web text", 'data = "web text" ^'],
  ["width ^", ">=", "width >= ^"],
])("%s with %s chosen is %s", (marked, chosen, expected) => {
  const { text, caret } = at(marked);
  const done = completed(text, placeAt(text, caret)!, chosen);
  expect(`${done.text.slice(0, done.caret)}^${done.text.slice(done.caret)}`).toBe(expected);
});

it("offers the words of fields that have no others, and the operators", () => {
  expect(knownChoices(place("state = ^")!)).toContain("crashed");
  expect(knownChoices(place("diverged = ^")!)).toEqual(["true", "false"]);
  expect(knownChoices(place("width ^")!)).toContain(">=");
  expect(knownChoices(place("width = ^")!)).toBeNull();
});

it("puts what begins with the typed before what holds it", () => {
  expect(matching(["paramsTotal", "tokens", "batchTokens"], "tok", (c) => c)).toEqual(["tokens", "batchTokens"]);
});

it("of any text, anything chosen for a value is read back as that value", () => {
  fc.assert(
    fc.property(fc.constantFrom("data", "notes", "config.note"), fc.string({ minLength: 1 }), (key, value) => {
      fc.pre(!value.includes("\0"));
      const text = `${key} = `;
      const done = completed(text, placeAt(text, text.length)!, value);
      const read = parseFilter(done.text);
      if (read?.kind !== "compare") throw new Error(`${done.text} is no comparison`);
      expect(String("spelt" in read ? read.spelt : read.value)).toBe(value);
    }),
  );
});

it("never fails, whatever stands before the caret", () => {
  const part = fc.constantFrom(
    ...Object.keys(RUN_FIELDS),
    "=",
    "|",
    '"',
    "'",
    "(",
    ")",
    ",",
    " ",
    "config.",
    "metric(",
    "!",
    "1",
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.nat(60), (parts, caret) => {
      const text = parts.join("");
      const found = placeAt(text, Math.min(caret, text.length));
      if (found) expect(found.from).toBeLessThanOrEqual(found.to);
    }),
  );
});
