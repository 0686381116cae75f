import { pointFilter, quoted } from "@/lib/filter";
import * as format from "@/lib/format";
import { anyParams, type RunPoint, sizeKeyOf, sizeNames } from "@/lib/run";

/** Runs that a law is fitted on or judged on: a filter, with a name for people. */
export interface RunGroup {
  filter: string;
  name: string;
  kind: "architecture" | "size" | "width" | "batch" | "tokens" | "tag";
}

/** Groups that the project's runs offer, each dimension that has at least two values. */
export function groupsOf(points: readonly RunPoint[]): RunGroup[] {
  const values = <T>(of: (p: RunPoint) => T | null) => {
    const found = [...new Set(points.map(of))].filter((v): v is T & (string | number) => v !== null);
    const sorted = found.sort((p, q) =>
      typeof p === "number" && typeof q === "number" ? p - q : String(p) < String(q) ? -1 : 1,
    );
    return sorted.length > 1 ? sorted : [];
  };
  const architectures = values((p) => p.architecture);
  const sizes = new Map(points.map((p) => [sizeKeyOf(p), p]));
  const nameOf = sizeNames([...sizes].map(([sizeKey, dims]) => ({ sizeKey, dims })));
  const tokens = values((p) => p.tokens);
  const tokensName = format.apart(tokens, format.tokenCount);
  const batches = values((p) => p.batchSeqs);
  const middle = batches[Math.floor((batches.length - 1) / 2)];
  return [
    ...(sizes.size > 1 ? [...sizes].map(([key, p]) => sizeGroup(key, p, nameOf)).sort((p, q) => p.n - q.n) : []),
    ...architectures.map((v) => ({
      filter: `architecture=${quoted(v)}`,
      name: `all ${v}`,
      kind: "architecture" as const,
    })),
    ...values((p) => p.width).map((v) => ({ filter: `width=${v}`, name: `width ${v}`, kind: "width" as const })),
    ...(middle === undefined
      ? []
      : [
          { filter: `batchSeqs<=${middle}`, name: `batch up to ${middle}`, kind: "batch" as const },
          { filter: `batchSeqs>${middle}`, name: `batch above ${middle}`, kind: "batch" as const },
        ]),
    ...(tokens.length > 2
      ? [
          {
            filter: `tokens<${tokens.at(-1)}`,
            name: `less than ${tokensName(tokens.at(-1)!)} tokens`,
            kind: "tokens" as const,
          },
          {
            filter: `tokens=${tokens.at(-1)}`,
            name: `${tokensName(tokens.at(-1)!)} tokens`,
            kind: "tokens" as const,
          },
        ]
      : []),
    ...tagsOf(points).map((v) => ({ filter: `tag=${quoted(v)}`, name: `tagged ${v}`, kind: "tag" as const })),
  ];
}

/** Tags that some runs have and others have not. */
function tagsOf(points: readonly RunPoint[]): string[] {
  const counts = new Map<string, number>();
  for (const p of points) for (const tag of new Set(p.tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  const telling = [...counts].filter(([, n]) => n < points.length);
  return telling.map(([tag]) => tag).sort();
}

function sizeGroup(key: string, p: RunPoint, nameOf: (key: string) => string): RunGroup & { n: number } {
  const n = anyParams(p);
  const parts = [`architecture=${quoted(p.architecture)}`, `parametrization=${quoted(p.parametrization)}`];
  if (p.width !== null) parts.push(`width=${p.width}`);
  if (p.depth !== null) parts.push(`depth=${p.depth}`);
  if (n !== null) parts.push(`params=${n}`);
  return { filter: parts.join(","), name: nameOf(key), kind: "size", n: n ?? 0 };
}

/** Runs of a group, or why its filter cannot be read. */
export function runsOf(points: readonly RunPoint[], filter: string): RunPoint[] | string {
  try {
    return points.filter(pointFilter(filter));
  } catch (e) {
    return (e as Error).message;
  }
}
