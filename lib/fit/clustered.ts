import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { square } from "../portable";
import { dot, type LinearFit, quadratic } from "./linear";

/**
 * Covariance of the coefficients of a least-squares fit whose errors go together within clusters, and the degrees of
 * freedom with which a contrast of them follows Student's t.
 */
export type Clustered = {
  covariance: number[][];
  clusters: number;
  /** Satterthwaite's degrees of freedom of `contrast' coefficients`. */
  df: (contrast: readonly number[]) => number;
  parts: readonly ClusterPart[];
  /** R^-1: a contrast c of the coefficients is R^-T c where the parts are. */
  rootInverse: readonly (readonly number[])[];
};

/** Of a cluster: G, its adjusted score, Q = (I - G)^(-1/2) G (I - G)^(-1/2) and B = G (I - G)^(-1/2); its own score. */
export type ClusterPart = {
  gram: number[][];
  raw: number[];
  score: number[];
  inner: number[][];
  outer: number[][];
};

/** What intervals and tests of a fit's coefficients rest on. */
export type Inference = Pick<Clustered, "covariance" | "df">;

/** Robust over clusters where they tell it, else as if errors were independent. */
export function inferenceOf(
  x: readonly (readonly number[])[],
  fit: LinearFit,
  keys: readonly string[],
): Inference & { clustered: Clustered | null } {
  const clustered = clusteredCovariance(x, fit, keys);
  const { covariance, df } = clustered ?? { covariance: fit.covariance, df: () => fit.df };
  return { covariance, df, clustered };
}

/** From here on a cluster alone decides a direction, so that its error cannot be seen in the others. */
const DECIDES_ALONE = 1 - 1e-8;

/**
 * CR2 covariance with Satterthwaite's degrees of freedom (Bell and McCaffrey 2002; Pustejovsky and Tipton 2018), its
 * working model being independent errors of variance 1 / weight. `x` are the regressors of `fit`, `keys` the cluster of
 * each observation. Null where a cluster alone decides a coefficient: then nothing tells its error.
 *
 * With Z = W^(1/2) X R^-1, whose columns are orthonormal, G = Z'Z of a cluster and e its weighted residuals, the
 * adjusted score of a cluster is (I - G)^(-1/2) Z'e.
 */
export function clusteredCovariance(
  x: readonly (readonly number[])[],
  fit: LinearFit,
  keys: readonly string[],
): Clustered | null {
  const { rootInverse, p } = fit;
  const groups = gather(x, fit, keys);
  const parts = groups.map(({ gram, score }) => adjusted(gram, score, p));
  if (parts.some((part) => part === null)) return null;
  const found = parts as ClusterPart[];
  const meat = sumOfOuter(
    found.map((part) => part.score),
    p,
  );
  return {
    covariance: sandwich(rootInverse, meat),
    clusters: found.length,
    df: (contrast) => satterthwaite(found, transposeTimes(rootInverse, contrast)),
    parts: found,
    rootInverse,
  };
}

type Group = { gram: number[][]; score: number[] };

function gather(x: readonly (readonly number[])[], fit: LinearFit, keys: readonly string[]): Group[] {
  const { rootInverse, residuals, weights, p } = fit;
  const groups = new Map<string, Group>();
  const z = new Array<number>(p).fill(0);
  for (let i = 0; i < x.length; i++) {
    let group = groups.get(keys[i]!);
    if (!group) {
      group = { gram: zeros(p), score: new Array<number>(p).fill(0) };
      groups.set(keys[i]!, group);
    }
    const { gram, score } = group;
    const [row, w, e] = [x[i]!, weights[i]!, residuals[i]!];
    for (let j = 0; j < p; j++) {
      let sum = 0;
      // R^-1 is upper triangular.
      for (let k = 0; k <= j; k++) sum += row[k]! * rootInverse[k]![j]!;
      z[j] = sum;
      score[j]! += w * sum * e;
      for (let k = 0; k <= j; k++) gram[j]![k]! += w * sum * z[k]!;
    }
  }
  for (const { gram } of groups.values())
    for (let j = 0; j < p; j++) for (let k = 0; k < j; k++) gram[k]![j] = gram[j]![k]!;
  return [...groups.values()];
}

function adjusted(gram: number[][], score: number[], p: number): ClusterPart | null {
  const decomposition = new EigenvalueDecomposition(new Matrix(gram), { assumeSymmetric: true });
  const values = decomposition.realEigenvalues;
  if (Math.max(...values) > DECIDES_ALONE) return null;
  const vectors = decomposition.eigenvectorMatrix;
  const functionOf = (f: (value: number) => number) =>
    Array.from({ length: p }, (_, i) =>
      Array.from({ length: p }, (_, j) =>
        values.reduce((sum, value, k) => sum + f(value) * vectors.get(i, k) * vectors.get(j, k), 0),
      ),
    );
  const root = functionOf((value) => 1 / Math.sqrt(1 - value));
  return {
    gram,
    raw: score,
    score: root.map((row) => dot(row, score)),
    inner: functionOf((value) => Math.max(0, value) / (1 - value)),
    outer: functionOf((value) => value / Math.sqrt(1 - value)),
  };
}

/**
 * (sum of O_gg)^2 / (sum over g, h of O_gh^2), where O_gh is the covariance of what clusters g and h add to the
 * variance of the contrast under the working model: c'Q_g c - |b_g|^2 on the diagonal and -b_g'b_h elsewhere, with
 * b_g = B_g c.
 */
export function satterthwaite(parts: readonly ClusterPart[], contrast: readonly number[]): number {
  const b = parts.map(({ outer }) => outer.map((row) => dot(row, contrast)));
  const lengths = b.map((v) => dot(v, v));
  const diagonal = parts.map(({ inner }, g) => quadratic(contrast, inner) - lengths[g]!);
  const total = diagonal.reduce((sum, v) => sum + v, 0);
  const cross = sumOfOuter(b, contrast.length).reduce((sum, row) => sum + dot(row, row), 0);
  const squares = diagonal.reduce((sum, v, g) => sum + square(v) - square(lengths[g]!), cross);
  return square(total) / squares;
}

export function sumOfOuter(vectors: readonly (readonly number[])[], p: number): number[][] {
  const sum = zeros(p);
  for (const v of vectors) {
    for (let i = 0; i < p; i++) for (let j = 0; j < p; j++) sum[i]![j]! += v[i]! * v[j]!;
  }
  return sum;
}

/** A M A'. */
function sandwich(a: readonly number[][], m: readonly number[][]): number[][] {
  const left = a.map((row) => m.map((_, j) => row.reduce((sum, v, k) => sum + v * m[k]![j]!, 0)));
  return left.map((row) => a.map((other) => dot(row, other)));
}

/** A'v. */
export function transposeTimes(a: readonly (readonly number[])[], v: readonly number[]): number[] {
  return a[0]!.map((_, j) => v.reduce((sum, value, i) => sum + value * a[i]![j]!, 0));
}

function zeros(p: number): number[][] {
  return Array.from({ length: p }, () => new Array<number>(p).fill(0));
}
