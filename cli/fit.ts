import { parseArgs } from "node:util";
import { type FitResult, type FitSettings, fitLaw, fitSettingsSchema } from "@/lib/fit";
import { pointsWhere, readPoints, SOURCE_OPTIONS } from "./science";

/** Settings of a fit as options, the names of the lab. */
export const FIT_OPTIONS = {
  form: { type: "string", default: "power-free" },
  estimator: { type: "string", default: "ew" },
  "top-batches": { type: "string" },
  weights: { type: "string", default: "none" },
  robust: { type: "string", default: "none" },
  loss: { type: "string", default: "final" },
  params: { type: "string", default: "nonEmbedding" },
  bootstrap: { type: "string", default: "1000" },
  seed: { type: "string", default: "42" },
} as const;

type FitValues = { [K in keyof typeof FIT_OPTIONS]?: string };

/** `fit --project P | --csv FILE --map ... [--where FILTER] --form ... [--json]`: needs no server with --csv. */
export async function fitCommand(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { ...SOURCE_OPTIONS, ...FIT_OPTIONS, where: { type: "string" } } });
  const points = pointsWhere(await readPoints(values), values.where);
  const result = fitLaw(points, fitSettings(values));
  process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : fitText(result));
  return result.fit ? 0 : 1;
}

/** Throws an Error that names the option and its value. */
export function fitSettings(v: FitValues): FitSettings {
  const top = v["top-batches"];
  const parsed = fitSettingsSchema.safeParse({
    form: v.form,
    estimator: v.estimator,
    ...(top && { topBatches: top === "all" ? "all" : Number(top) }),
    weights: v.weights,
    robust: v.robust,
    lossMetric: v.loss,
    paramDefinition: v.params,
    bootstrap: Number(v.bootstrap),
    seed: Number(v.seed),
  });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Error(`${issue?.path.join(".")}: ${issue?.message}`);
}

function fitText(r: FitResult): string {
  const lines = [
    `${r.runIds.length} runs, ${r.optima.length} curves, ${r.optima.filter((o) => o.used).length} optima used`,
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
