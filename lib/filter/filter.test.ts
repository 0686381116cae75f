import { describe, expect, test } from "vitest";
import type { RunPoint } from "../run";
import { canonicalKey, FilterError, parseFilter, pointFilter } from ".";

const point: RunPoint = {
  runId: "r",
  state: "finished",
  peakLr: Math.fround(0.001),
  batchSeqs: 64,
  tokens: 2e9,
  seqLen: 2048,
  architecture: "dense",
  parametrization: "mup",
  schedule: "wsd 10% exp, warmup 65536",
  paramsNonEmbedding: 6.03e6,
  paramsTotal: null,
  paramsActive: null,
  width: null,
  depth: 2,
  data: "my corpus",
  seed: 1_234_567,
  finalLoss: Number.NaN,
  tags: ["long", "node 7"],
};

describe("points that a filter lets through", () => {
  test.each([
    ["", true],
    ["tokens<=2e9,architecture=dense", true],
    ["tokens <= 2B architecture = dense", true],
    ["tokens>=256k, tokens<10B", true],
    ["params>1e7", false],
    ["paramsNonEmbedding < 10M and params < 10M", true],
    ["batchSeqs!=64", false],
    ["batch = 32 or lr > 1", false],
    ["batchTokens = 131072", true],
    ["depth = 1|2|3", true],
    ["depth = 1 | 3", false],
    ["depth != 1|3", true],
    ["depth != 1|2", false],
    ["width = 32", false],
    ["width != 32", true],
    ["not width >= 0", true],
    ["lr = 0.001", true],
    ["lr != 0.001", false],
    ["lr = 0.00101", false],
    ["seed = 1234568", false],
    ["loss = NaN", true],
    ["loss < 3 or loss >= 3", false],
    ['schedule = "wsd 10% exp, warmup 65536"', true],
    ["schedule ~ WSD", true],
    ['data = "my corpus", tag = "node 7"', true],
    ["tag = short|long", true],
    ["tag = 7", false],
    ["tag ~ 7", true],
    ["diverged = false state = finished", true],
    ["optimizer = adamw", false],
    ["not (optimizer = adamw or weightDecay > 0)", true],
  ])("%s: %s", (text, expected) => expect(pointFilter(text)(point)).toBe(expected));

  test.each(["web and books", "a|b", "a, b", "a = b", 'say "hi"', "or"])("a value may be %s, in quotes", (data) => {
    const matches = pointFilter(`data = ${JSON.stringify(data)}|other`);
    expect(matches({ ...point, data })).toBe(true);
    expect(matches({ ...point, data: "b" })).toBe(false);
  });

  test.each([
    ["speed>3", /"speed" is not a field/],
    ["lr > 1,000", /after a comma another condition is expected/],
    ["schedule=wsd 10% exp", /the name "10%" is not known of the points of a law/],
    ["config.a = 1", /config\.a is not known/],
    ['metric("m").min < 1', /is not known/],
    ["duration > 1", /"duration" is not known/],
    ["lr < 1|2", /"\|" stands between values after = and !=/],
    ["depth = 1|", /a value is missing after "depth = ... \|"/],
    ["depth = |1", /a value is missing after "depth ="/],
    ["lossTaken = best", /no lossTaken is called "best"; there are last/],
  ])("%s is refused in words", (text, message) => {
    expect(() => pointFilter(text)).toThrow(FilterError);
    expect(() => pointFilter(text)).toThrow(message);
  });

  test("an alias is the same key", () => {
    expect(["lr", "batch", "loss", "tailLoss", "params", "config.a", "no key"].map(canonicalKey)).toEqual([
      ...["peakLr", "batchSeqs", "finalLoss", "trainTailLoss", "params", "config.a", "no key"],
    ]);
  });
});

/** A time that grows with the square of the length would reach the time limit of the test. */
const N = 300_000;

describe("a long filter is read or refused in time that grows with its length", () => {
  const texts: [string, string][] = [
    ["blanks", " ".repeat(N)],
    ["blanks between letters", `a${" ".repeat(N)}b`],
    ["words", "a ".repeat(N / 2)],
    ["one word", "a".repeat(N)],
    ["blanks around the sign", `lr${" ".repeat(N)}=${" ".repeat(N)}1`],
    ["bars", `lr=${"1|".repeat(N)}1`],
    ["commas", `lr=1${",lr=1".repeat(N / 5)}`],
  ];
  test.each(texts)("%s", (_, text) => expect(() => parseFilter(text)).toThrow(FilterError));
});
