import { learningRate, significant } from "@/lib/format";
import { PAPER_AMPLITUDE_RATIO } from "@/lib/schedule";
import {
  type ComparedRun,
  compareSchedules,
  domainOf,
  type LossCurve,
  type MeasuredAmplitude,
  measuredAmplitude,
  type ScheduleComparison,
  type ScheduleLaw,
} from "@/lib/schedule-law";
import { positive, readTarget } from "./target";

const NAMES = ["tokens", "batchSeqs", "seqLen", "peakLr", "warmupTokens", "a", "b", "cap"] as const;
const EXAMPLE = "--target tokens=10B,batchSeqs=512,seqLen=4096,peakLr=0.003";

/** The run that schedules are compared for; `power` is the law of best WSD peaks, where a and b say it. */
export type ScheduleTarget = ComparedRun & { fitted: { a: number; b: number; cap: number } | null };

/** What `--target` says; a warmup that it leaves out is as long, in steps, as the curves'. */
export function readScheduleTarget(text: string | undefined, warmupSteps: number): ScheduleTarget | null {
  if (text === undefined) return null;
  // An exponent is the one number that may be below 0.
  const exponent = /(?:^|,)\s*b\s*=\s*(-[\d.eE+-]+)\s*(?=,|$)/.exec(text);
  const rest = exponent ? text.replace(exponent[0], "") : text;
  const { b: given, ...of } = readTarget(rest.replace(/^,/, ""), { names: NAMES, example: EXAMPLE });
  const needed = (name: "tokens" | "batchSeqs" | "seqLen" | "peakLr") =>
    of[name] ?? positive(`--target ${name}=`, undefined, EXAMPLE);
  const [tokens, batchSeqs, seqLen, peakLr] = [
    needed("tokens"),
    needed("batchSeqs"),
    needed("seqLen"),
    needed("peakLr"),
  ];
  const { a, cap = peakLr, warmupTokens = warmupSteps * batchSeqs * seqLen } = of;
  const b = exponent ? Number(exponent[1]) : given;
  if ((a === undefined) !== (b === undefined) || (b !== undefined && !(b < 0)))
    throw new Error(
      `--target ${text}: a and b go together, b below 0: eta = batch a T^b; for example ${EXAMPLE},a=4.6,b=-0.51`,
    );
  const fitted = a === undefined || b === undefined ? null : { a, b, cap };
  return { tokens, batchSeqs, seqLen, peakLr, warmupTokens, fitted };
}

export type Compared = ScheduleComparison & { amplitude: MeasuredAmplitude | null };

/**
 * All schedules at the target and at their own best peaks, the Power schedule by the borrowed and the measured ratio.
 */
export function comparedFor(target: ScheduleTarget, law: ScheduleLaw, curves: readonly LossCurve[]): Compared {
  const { fitted, ...run } = target;
  const decay = { decayFraction: 0.1, decayShape: "exp" as const };
  const amplitude = fitted && measuredAmplitude(law, { ...run, ...fitted, ...decay });
  const ratios = amplitude ? [amplitude.ratio] : [];
  const named = (ratio: number, word: string) => ({
    name: `Power, ${word} amplitude ${significant(ratio)}`,
    ...{ a: fitted!.a * ratio, b: fitted!.b, cap: fitted!.cap },
  });
  const power = fitted
    ? [named(PAPER_AMPLITUDE_RATIO, "borrowed"), ...ratios.map((ratio) => named(ratio, "measured"))]
    : [];
  const comparison = compareSchedules(law, { ...run, power }, { domain: domainOf(curves), ownPeak: true });
  return { ...comparison, amplitude };
}

export function comparedLines({ steps, schedules, leftOut, warnings, amplitude }: Compared): string[] {
  const loss = (value: number) => value.toFixed(5);
  const far = (beyond: boolean) => (beyond ? " (beyond the curves' peaks)" : "");
  const rows = schedules.map(({ name, loss: given, difference, beyond, ownPeak }) => {
    const end = ownPeak!.atEnd ? `, ${ownPeak!.atEnd} end of the search` : "";
    const own = `at ${significant(ownPeak!.factor)} times that ${loss(ownPeak!.loss)}${end}${far(ownPeak!.beyond)}`;
    return `  ${loss(given)}  +${loss(difference)}  ${name}${far(beyond)}: ${own}`;
  });
  return [
    `predicted final loss after ${steps} steps at the peak, +: above the least; then each at its best peak (Power: amplitude) of 13`,
    ...rows,
    ...leftOut.map(({ name, reason }) => `left out: ${name}: ${reason}`),
    ...(amplitude ? [amplitudeLine(amplitude)] : []),
    ...warnings.map((w) => `warning: ${w.message}`),
  ];
}

function amplitudeLine({ ratio, flat, borrowed, loss, reason }: MeasuredAmplitude): string {
  const gain = `${learningRate(borrowed.loss - loss)} below that of the borrowed 4/4.6`;
  const said = `amplitude ratio of the Power schedule ${ratio} (within 0.1% of the loss from ${flat.low} to ${flat.high}), ${gain}`;
  return reason ? `${said}; no measurement: ${reason}` : said;
}
