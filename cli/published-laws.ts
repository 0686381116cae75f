import { parseArgs } from "node:util";
import { fitLaw } from "@/lib/fit";
import { counted, learningRate, percent, significant, tokenCount } from "@/lib/format";
import {
  leftOutLaws,
  type PublishedLaw,
  type PublishedPoint,
  type PublishedRegret,
  placeIn,
  publishedLaws,
  publishedRegret,
  QUANTITY_WORDS,
  type Quantity,
  quantities,
  type Reading,
  readPublished,
} from "@/lib/published-laws";
import { knownParams } from "@/lib/run";
import { FIT_OPTIONS, fitSettings } from "./fit";
import { SOURCE_OPTIONS } from "./import-file";
import { pointsWhere, readPoints } from "./science";
import { readTarget } from "./target";

const NAMES = ["tokens", "params", "batchSeqs", "seqLen", "loss"] as const;
const EXAMPLE = "--target tokens=100B,params=1B,batchSeqs=512,seqLen=2048";

/**
 * `published-laws [--target tokens=T,params=N,batchSeqs=B,seqLen=L,loss=X] [--project P | --csv FILE --map ...]
 * [--json]`: what others have published; with a target every law there, with runs the loss that each would have cost.
 */
export async function publishedLawsCommand(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { ...SOURCE_OPTIONS, ...FIT_OPTIONS, where: { type: "string" }, target: { type: "string" } },
  });
  const target = values.target === undefined ? null : targetOf(values.target);
  const runs = values.project || values.csv ? await onRuns(values) : null;
  const laws = publishedLaws.map((law) => ({
    ...sourceOf(law),
    ...(target && { target: { values: readingsAt(law, target), domain: placeIn(law, target) } }),
    ...(runs && { runs: runs.find((r) => r.id === law.id) }),
  }));
  process.stdout.write(values.json ? `${JSON.stringify({ target, laws, leftOut: leftOutLaws })}\n` : textOf(laws));
  return 0;
}

/** Numbers that are not given are not known; `params` is taken for whatever count a law takes. */
function targetOf(text: string): PublishedPoint {
  const {
    tokens = null,
    params = null,
    batchSeqs = null,
    seqLen = null,
    loss = null,
  } = readTarget(text, {
    names: NAMES,
    example: EXAMPLE,
  });
  return { tokens, params, batchSeqs, seqLen, loss };
}

type Values = Parameters<typeof fitSettings>[0] & Parameters<typeof readPoints>[0];

async function onRuns(values: Values): Promise<Omit<PublishedRegret, "cells">[]> {
  const points = pointsWhere(await readPoints(values), values.where);
  const chosen = fitSettings(values);
  const paramDefinition = values.params ? chosen.paramDefinition : knownParams(points);
  const result = fitLaw(points, { ...chosen, where: undefined, paramDefinition, bootstrap: 0 });
  return publishedLaws.map((law) => {
    const { cells: _, ...regret } = publishedRegret(result, law);
    return regret;
  });
}

/** A law as plain data. */
function sourceOf({ gives, ...law }: PublishedLaw) {
  const equations = Object.fromEntries(quantities.flatMap((q) => (gives[q] ? [[q, gives[q].equation]] : [])));
  return { ...law, equations: equations as Partial<Record<Quantity, string>> };
}

type Readings = Partial<Record<Quantity, Reading>>;

function readingsAt(law: PublishedLaw, point: PublishedPoint): Readings {
  return Object.fromEntries(quantities.flatMap((q) => (law.gives[q] ? [[q, readPublished(law, q, point)]] : [])));
}

type Listed = ReturnType<typeof sourceOf> & {
  target?: { values: Readings; domain: string };
  runs?: Omit<PublishedRegret, "cells">;
};

function textOf(laws: readonly Listed[]): string {
  const lines = laws.flatMap((law) => [
    `${law.name} (${law.source.name}, ${law.year}; ${law.parametrization}, ${law.optimizer}; ${MARKS[law.mark]})`,
    ...(law.target ? targetLines(law, law.target) : Object.values(law.equations).map((e) => `  ${e}`)),
    ...(law.runs ? [`  ${runsLine(law.runs)}`] : []),
  ]);
  const left = leftOutLaws.map((law) => `  ${law.name} (${law.source}): ${law.reason}`);
  return `${[...lines, "Not drawn:", ...left].join("\n")}\n`;
}

const MARKS = {
  source: "constants read in the source",
  secondary: "constants read in a copy",
  unverified: "UNVERIFIED constants",
} as const;

function targetLines({ equations, domain }: Listed, { values, domain: place }: NonNullable<Listed["target"]>) {
  const shown = quantities.flatMap((q) => {
    const reading = values[q];
    if (!reading) return [];
    const value = reading.value === null ? `none, ${reading.reason}` : valueText(q, reading.value);
    return [`  ${QUANTITY_WORDS[q]} ${value}: ${equations[q]}`];
  });
  return [
    ...shown,
    `  ${place === "unknown" ? "domain not known to hold the target" : `${place} its domain`}: ${domain.words}`,
  ];
}

function valueText(quantity: Quantity, value: number): string {
  if (quantity === "rate") return learningRate(value);
  return quantity === "timescale" ? significant(value) : `${tokenCount(value, 3)} tokens`;
}

function runsLine(r: Omit<PublishedRegret, "cells">): string {
  if (r.reason) return `not compared with these runs: ${r.reason}`;
  const where = `${counted(r.curves, "curve")}${r.bestBatch ? " (the best batch of each size and tokens)" : ""}`;
  const least = r.outsideGrid > 0 ? "at least " : "";
  const out = r.outsideGrid > 0 ? `, ${r.outsideGrid} outside the rates that were tried` : "";
  const diverged = r.diverged > 0 ? `, ${r.diverged} among diverged rates` : "";
  const cost = `${least}${percent(r.medianRegret, 3)} of the loss in the median, ${percent(r.maxRegret, 3)} at the worst`;
  const unread = r.unread > 0 ? `, ${r.unread} more do not say what the law needs` : "";
  return `${significant(r.medianRatio)} times the best rate in the median; costs ${cost}, on ${where}${out}${diverged}${unread}${r.caveat ? `; ${r.caveat}` : ""}`;
}
