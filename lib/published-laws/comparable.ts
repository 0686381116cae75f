import type { CurveDims } from "../estimate";
import { paramsBy } from "../run";
import type { PublishedLaw } from "./law";
import { COUNTS, knowsParams } from "./read";

type Recipe = Pick<CurveDims, "parametrization" | "optimizer">;

const KIND_WORDS = {
  standard: "the rate of all parameters",
  mup: "a muP base rate",
  hyperball: "a rate of weights kept on a sphere",
} as const satisfies Record<PublishedLaw["parametrization"], string>;

/** What a law's rate is, in words. */
export function kindWords({ parametrization, baseWidth }: PublishedLaw): string {
  return `${KIND_WORDS[parametrization]}${baseWidth ? ` (base width ${baseWidth})` : ""}`;
}

/**
 * Why a law's rate and those of some curves do not stand on one axis; null where they do. A parametrization that is not
 * known is no ground to compare by; an optimizer that is not known does not stand in the way.
 */
export function whyNotComparable(law: PublishedLaw, curves: readonly Recipe[]): string | null {
  if (!law.gives.rate) return "it gives no learning rate";
  if (curves.length === 0) return "no curve has an optimum yet";
  const others = curves.filter((c) => kindOf(c.parametrization) !== law.parametrization);
  if (others.length > 0) {
    const kind = kindOf(others[0]!.parametrization);
    const gives = `it gives ${kindWords(law)}`;
    const have = others.length === curves.length ? "the runs have" : `of ${curves.length} curves ${others.length} have`;
    if (kind === "unknown") return `${gives}, and ${have} no parametrization: map it`;
    const theirs = kind in KIND_WORDS ? KIND_WORDS[kind as keyof typeof KIND_WORDS] : `one of ${kind}`;
    return `${gives}, and ${have} ${theirs}`;
  }
  const optimizer = curves.find((c) => c.optimizer && !isLike(c.optimizer, law.optimizer))?.optimizer;
  return optimizer ? `its optimizer is ${law.optimizer}, and the runs have ${optimizer}` : null;
}

type Sized = Pick<CurveDims, "baseWidth" | "paramsNonEmbedding" | "paramsTotal" | "paramsActive">;

/**
 * What must be known with a comparison: a base rate of another base width is another rate of hidden matrices, and N may
 * be known by another count than the law's.
 */
export function caveatOf(law: PublishedLaw, curves: readonly Sized[]): string | null {
  const { baseWidth, params } = law;
  const widths = new Set(curves.map((c) => c.baseWidth).filter((width) => width && width !== baseWidth));
  const caveats = [];
  if (baseWidth && widths.size > 0)
    caveats.push(
      `the runs’ base width is ${[...widths].join(" and ")}, the law’s ${baseWidth}: rates are not converted`,
    );
  if (params && knowsParams(law) && curves.some((c) => paramsBy(params, c) === null))
    caveats.push(`the law takes ${COUNTS[params]}, which is not known here: another count stands for it`);
  return caveats.length > 0 ? caveats.join("; ") : null;
}

function kindOf(text: string): string {
  const word = text.toLowerCase();
  return word === "sp" ? "standard" : word === "µp" || word === "μp" ? "mup" : word;
}

/** Adam and AdamW differ in the weight decay, not in what a rate is; names of their implementations are theirs. */
const ADAM = /^(fused|skipstep|torch)?adamw?(torch)?(fused)?$/;

function isLike(name: string, optimizer: PublishedLaw["optimizer"]): boolean {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, "");
  return optimizer === "AdamH" ? plain === "adamh" : ADAM.test(plain);
}
