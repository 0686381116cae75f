import { expect, it } from "vitest";
import { knownParams } from ".";

it("N counts what all runs have, non-embedding parameters first", () => {
  const none = { paramsNonEmbedding: null, paramsTotal: null, paramsActive: null };
  const total = { ...none, paramsTotal: 5 };
  expect(knownParams([])).toBe("nonEmbedding");
  expect(knownParams([none, total])).toBe("nonEmbedding");
  expect(knownParams([total])).toBe("total");
  expect(knownParams([total, { ...total, paramsNonEmbedding: 4 }])).toBe("total");
  expect(knownParams([{ paramsNonEmbedding: 4, paramsTotal: 5, paramsActive: 4 }])).toBe("nonEmbedding");
});
