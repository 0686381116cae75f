import { expect, it } from "vitest";
import { type Size, sizeKeyOf, sizeName, sizeNames } from ".";

const size = (set: Partial<Size>): Size => ({
  architecture: "unknown",
  parametrization: "unknown",
  width: null,
  depth: null,
  paramsNonEmbedding: null,
  paramsTotal: null,
  paramsActive: null,
  ...set,
});
const dense = { architecture: "dense", parametrization: "mup", width: 32, depth: 2 };

it.each([
  [{ ...dense, paramsNonEmbedding: 26_624 }, "dense mup w32 d2 N26624", "dense w32 d2, 26.6k params"],
  [
    { architecture: "d12", parametrization: "standard", width: 768, paramsTotal: 85e6 },
    "d12 standard w768 N85000000",
    "d12 standard w768, 85M params",
  ],
  [
    { architecture: "moe", paramsTotal: 2_155_174_912, paramsActive: 540_000_256 },
    "moe unknown N2155174912 A540000256",
    "moe, 2.16B params, 540M active",
  ],
  [{ architecture: "moe-8-top-2", paramsTotal: 8e6, paramsActive: 3e6 }, undefined, "moe-8-top-2, 8M params"],
  // No word of it is mistaken for a part of the size.
  [{ architecture: "w99 mup d7" }, "w99 mup d7 unknown N?", "w99 mup d7"],
  [{}, "unknown unknown N?", "one size"],
])("%j has a key and a name", (set, key, name) => {
  if (key) expect(sizeKeyOf(size(set))).toBe(key);
  expect(sizeName(size(set))).toBe(name);
});

it("tells sizes apart that would read alike", () => {
  const sizes = [1_000_100, 1_000_400].map((paramsTotal) => size({ ...dense, paramsTotal }));
  const named = (list: Size[]) => {
    const nameOf = sizeNames(list.map((dims) => ({ sizeKey: sizeKeyOf(dims), dims })));
    return list.map((dims) => nameOf(sizeKeyOf(dims)));
  };
  expect(named(sizes)).toEqual(["dense w32 d2, 1.0001M params", "dense w32 d2, 1.0004M params"]);
  const unlike = named([...sizes, { ...sizes[1]!, parametrization: "unknown" }]);
  expect(unlike[0]).toBe("dense w32 d2, 1M params (dense mup w32 d2 N1000100)");
  expect(new Set(unlike).size).toBe(3);
});
