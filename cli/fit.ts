import { parseArgs } from "node:util";
import {
  type FitResult,
  type FitSettings,
  fitLaw,
  fitSettingsSchema,
  type UnfinishedCurve,
  unfinishedCurves,
} from "@/lib/fit";
import { counted } from "@/lib/format";
import type { PointOptions } from "@/lib/import";
import { knownParams } from "@/lib/run";
import { SOURCE_OPTIONS } from "./import-file";
import { pointsWhere, readPoints, readUnfinished } from "./science";

/** Settings of a fit as options, the names of the lab. */
export const FIT_OPTIONS = {
  form: { type: "string", default: "power-free" },
  estimator: { type: "string", default: "surface" },
  curvature: { type: "string" },
  "top-batches": { type: "string" },
  weights: { type: "string", default: "none" },
  robust: { type: "string", default: "none" },
  loss: { type: "string", default: "held-out" },
  seeds: { type: "string", default: "average" },
  params: { type: "string" },
  bootstrap: { type: "string", default: "1000" },
  seed: { type: "string", default: "42" },
} as const;

/** Where an option is not called like the setting. */
const OPTION_OF: Record<string, string> = { topBatches: "top-batches", paramDefinition: "params" };

type FitValues = { [K in keyof typeof FIT_OPTIONS | "where"]?: string };

/**
 * `fit --project P | --csv FILE --map ... [--where FILTER] --form ... [--json]`: needs no server with --csv. That the
 * data determine no law is a result with a reason, so the exit code is 0 then too.
 */
export async function fitCommand(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { ...SOURCE_OPTIONS, ...FIT_OPTIONS, where: { type: "string" } } });
  const settings = fitSettings(values);
  const points = await readPoints(values, pointNeeds(settings));
  const result = fitLaw(points, {
    ...settings,
    paramDefinition: values.params ? settings.paramDefinition : knownParams(pointsWhere(points, values.where)),
  });
  const unfinished = unfinishedCurves(result.optima, await readUnfinished(values));
  process.stdout.write(
    values.json ? `${JSON.stringify({ ...result, unfinished })}\n` : fitText(result) + unfinishedText(unfinished),
  );
  return 0;
}

function unfinishedText(curves: readonly UnfinishedCurve[]): string {
  return curves
    .map(({ key, missing, planned }) => `unfinished: ${missing.length} of ${planned} rates have no result: ${key}\n`)
    .join("");
}

/** A law of the loss over size and tokens can be fitted to tables without learning rates. */
function pointNeeds({ form }: FitSettings): PointOptions {
  return form === "chinchilla" ? { needs: ["tokens", "finalLoss"] } : {};
}

/** Throws an Error that names the option and its value. */
export function fitSettings(v: FitValues): FitSettings {
  const top = v["top-batches"];
  const parsed = fitSettingsSchema.safeParse({
    form: v.form,
    estimator: v.estimator,
    curvature: v.curvature,
    ...(top && { topBatches: top === "all" ? "all" : Number(top) }),
    weights: v.weights,
    robust: v.robust,
    loss: v.loss === "final" ? "held-out" : v.loss, // as 0.1 called it
    seeds: v.seeds,
    paramDefinition: v.params ?? "nonEmbedding",
    bootstrap: Number(v.bootstrap),
    seed: Number(v.seed),
    where: v.where,
  });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const option = OPTION_OF[String(issue?.path[0])] ?? issue?.path.join(".");
  throw new Error(`--${option} ${v[option as keyof FitValues] ?? ""}: ${issue?.message}`);
}

function fitText(r: FitResult): string {
  const lines = [
    `${counted(r.runIds.length, "run")}, ${counted(r.optima.length, "curve")}, ${counted(r.optima.filter((o) => o.used).length, "optimum", "optima")} used`,
  ];
  if (r.fit?.kind === "lr") {
    const { regression } = r.fit;
    lines.push(regression.equation);
    for (const c of regression.coefficients) {
      const interval = c.bootstrap ? `  bootstrap ${c.bootstrap.low} to ${c.bootstrap.high}` : "";
      lines.push(`  ${c.name} = ${c.value}  se ${c.se}  95% ${c.t.low} to ${c.t.high}${interval}`);
    }
    lines.push(
      `  R2 ${regression.r2}, scatter ${regression.residualSdLog2} octaves, leave-one-out ${regression.looRmseLog2} octaves`,
    );
  } else if (r.fit) {
    lines.push(JSON.stringify(r.fit.law));
  } else {
    lines.push(`no law: ${r.notIdentifiable?.message}`);
  }
  for (const h of r.hypotheses) lines.push(h.sentence);
  for (const w of r.warnings) lines.push(`${w.severity}: ${w.message} ${w.action}`);
  return `${lines.join("\n")}\n`;
}
