import { describe, expect, it } from "vitest";
import { typeOf } from "./fields";

describe("fields of a request", () => {
  it("say bounds and choices in words", () => {
    expect(typeOf({ type: "integer", minimum: 1, maximum: 9 })).toBe("integer, 1 or more, at most 9");
    expect(typeOf({ enum: ["a", "b"] })).toBe("one of a, b");
    expect(typeOf({ type: "array", items: { type: "number" }, maxItems: 3 })).toBe("list of number, at most 3 entries");
    expect(typeOf({ anyOf: [{ type: "number" }, { type: "string", maxLength: 9 }] })).toBe(
      "number or string, at most 9 characters",
    );
  });
});
