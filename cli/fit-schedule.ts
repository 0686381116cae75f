import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { counted, significant } from "@/lib/format";
import {
  type CurveScores,
  fitScheduleLaw,
  type LossCurve,
  type NotIdentifiable,
  type ScheduleFit,
  scoreOf,
} from "@/lib/schedule-law";
import { readLossCurve } from "./loss-curve";
import { comparedFor, comparedLines, readScheduleTarget } from "./schedule-target";

/**
 * `fit-schedule --fit A.csv,B.csv --test C.csv --warmup-steps N [--target ...] [--json]`: the multi-power law through
 * curves with their own schedules, its errors on others, and what it predicts for schedules of a target run. That the
 * curves determine no law is a result with a reason, so the exit code is 0 then too.
 */
export async function fitScheduleCommand(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      fit: { type: "string", multiple: true },
      test: { type: "string", multiple: true },
      "warmup-steps": { type: "string" },
      target: { type: "string" },
      json: { type: "boolean" },
    },
  });
  const [fitPaths, testPaths] = [pathsOf(values.fit), pathsOf(values.test)];
  if (fitPaths.length === 0) throw new Error("say which curves to fit: --fit A.csv,B.csv with columns step, lr, loss");
  refuseTwice(fitPaths, testPaths);
  const warmup = warmupSteps(values["warmup-steps"]);
  const target = readScheduleTarget(values.target, warmup);
  const fitted = await curvesOf(fitPaths, warmup);
  const tested = await curvesOf(testPaths, warmup);
  const outcome = fitScheduleLaw(fitted);
  const fit = "law" in outcome ? outcome : null;
  const result = {
    law: fit?.law ?? null,
    fit: fit?.fit ?? null,
    test: fit && tested.length > 0 ? scoreOf(fit.law, tested) : null,
    objective: fit?.objective ?? null,
    shared: fit?.shared ?? null,
    atBounds: fit?.atBounds ?? [],
    notIdentifiable: "law" in outcome ? null : outcome,
  };
  const compare = fit && target && comparedFor(target, fit.law, fitted);
  const json = target ? { ...result, compare } : result;
  const lines = compare ? `${comparedLines(compare).join("\n")}\n` : "";
  process.stdout.write(values.json ? `${JSON.stringify(json)}\n` : textOf(outcome, result.test) + lines);
  return 0;
}

function pathsOf(lists: readonly string[] = []): string[] {
  return lists.flatMap((list) => list.split(",").map((path) => path.trim())).filter((path) => path !== "");
}

/** A curve that is fitted tells nothing of how well others are predicted, and one that is named twice counts twice. */
function refuseTwice(fit: readonly string[], test: readonly string[]): void {
  const both = test.find((path) => fit.some((other) => resolve(other) === resolve(path)));
  if (both) throw new Error(`${both} is in --fit and in --test; leave it out of one of them`);
  for (const [option, paths] of Object.entries({ fit, test })) {
    const twice = paths.find((path, i) => paths.slice(0, i).some((other) => resolve(other) === resolve(path)));
    if (twice) throw new Error(`${twice} is in --${option} twice; name it once`);
  }
}

function warmupSteps(text: string | undefined): number {
  if (text === undefined) throw new Error("say how long the warmup was: --warmup-steps N, 0 if there was none");
  const steps = Number(text);
  if (text.trim() !== "" && Number.isInteger(steps) && steps >= 0) return steps;
  throw new Error(`--warmup-steps: "${text}" is no whole number of steps; 0 if there was no warmup`);
}

async function curvesOf(paths: readonly string[], warmup: number): Promise<LossCurve[]> {
  const curves: LossCurve[] = [];
  for (const path of paths) curves.push(await readLossCurve(path, warmup));
  return curves;
}

function textOf(outcome: ScheduleFit | NotIdentifiable, test: CurveScores | null): string {
  if (!("law" in outcome)) return `no law: ${outcome.message}\n`;
  const { law, fit, atBounds } = outcome;
  const lines = [
    "L(t) = L0 + A S(t)^-alpha - B sum_k (eta_(k-1) - eta_k) (1 - (1 + C eta_k^-gamma S_k(t))^-beta)",
    ...Object.entries(law).map(([name, value]) => `  ${name} = ${value}`),
    ...scoreLines("fitted to", fit),
    ...(test ? scoreLines("tested on", test) : []),
  ];
  if (atBounds.length > 0)
    lines.push(`warning: the curves do not determine ${atBounds.join(", ")} (at a bound). Add curves.`);
  return `${lines.join("\n")}\n`;
}

function scoreLines(what: string, { curves, ...all }: CurveScores): string[] {
  const line = (s: Omit<CurveScores, "curves">) =>
    `rmse ${significant(s.rmse)}, R2 ${significant(s.r2, 5)}, mean error ${significant(s.mae)}, worst ${significant(100 * s.worstRelative)}%`;
  return [
    `${what} ${counted(curves.length, "curve")}, ${counted(all.n, "point")}: ${line(all)}`,
    ...curves.map((curve) => `  ${curve.name}: ${line(curve)}`),
  ];
}
