import { apart, paramCount } from "../format";
import type { Dimensions } from "./dimensions";
import { anyParams } from "./params";

/** What tells models apart; null or "unknown" is unknown. */
export type Size = Pick<
  Dimensions,
  "architecture" | "parametrization" | "width" | "depth" | "paramsNonEmbedding" | "paramsTotal" | "paramsActive"
>;

/** A label of `architectureOf` that says how many experts take part, and with the shape all that is active. */
const SAYS_ACTIVE = /-top-\d/;

/**
 * The model a run trains, as the text by which curves are told apart: "dense mup w32 d2 N26624". A model of which a
 * part is active says how much: "moe unknown N2155174912 A540000256".
 */
export function sizeKeyOf(size: Size): string {
  const parts = [size.architecture, size.parametrization];
  if (size.width !== null) parts.push(`w${size.width}`);
  if (size.depth !== null) parts.push(`d${size.depth}`);
  parts.push(`N${anyParams(size) ?? "?"}`);
  const active = activePart(size);
  if (active !== null) parts.push(`A${active}`);
  return parts.join(" ");
}

/** For people: "dense w32 d2, 26.6k params"; what is unknown is not named. */
export function sizeName(size: Size, digits?: number): string {
  const { architecture, parametrization, width, depth } = size;
  const model = [
    architecture !== "unknown" && architecture,
    parametrization !== "mup" && parametrization !== "unknown" && parametrization,
    width !== null && `w${width}`,
    depth !== null && `d${depth}`,
  ];
  const [params, active] = [anyParams(size), activePart(size)];
  const parts = [
    model.filter(Boolean).join(" "),
    params !== null && `${paramCount(params, digits)} params`,
    active !== null && `${paramCount(active, digits)} active`,
  ];
  return parts.filter(Boolean).join(", ") || "one size";
}

/** Names of the sizes of some curves by their keys, all of which differ. */
export function sizeNames(curves: readonly { sizeKey: string; dims: Size }[]): (sizeKey: string) => string {
  const sizes = new Map(curves.map(({ sizeKey, dims }) => [sizeKey, dims]));
  return apart(sizes.keys(), (key, digits) => {
    const size = sizes.get(key);
    return size ? sizeName(size, digits) : key;
  });
}

/** Active parameters, where they are a part and nothing else says so; else null. */
function activePart({ architecture, paramsNonEmbedding, paramsTotal, paramsActive: active }: Size): number | null {
  const whole = paramsTotal ?? paramsNonEmbedding;
  // A dense model's active count leaves out what its non-embedding count leaves out, and says nothing more.
  if (active === null || whole === null || active >= whole || active === paramsNonEmbedding) return null;
  return SAYS_ACTIVE.test(architecture ?? "") ? null : active;
}
