"use client";

import { useCallback, useMemo } from "react";
import { Term } from "@/app/_components/term";
import * as format from "@/lib/format";
import { amplitudeSaid, type Recommendation } from "@/lib/recommend";
import type { Schedule } from "@/lib/schedule";
import { Chart } from "../_charts/chart";
import { type NamedSchedule, scheduleOption, scheduleTable } from "../_charts/schedule";
import { targetLawOption, targetLawTable } from "../_charts/target-law";
import type { ChartTheme } from "../_charts/theme";
import { BesideTheRate } from "./advice-beside";
import { DistanceNote, Peak } from "./advice-distance";
import { FormsTable } from "./forms-table";
import { Fact, Panel } from "./page";
import { WarningList } from "./warning-list";

/** Length of the picture where the run's own is unknown. */
const DRAWN_STEPS = 20_000;

/** What a recommendation says: the number, its interval, the schedule, the rates per class, the warnings. */
export function Advice({ result }: { result: Recommendation }) {
  const { wsd, power } = result;
  return (
    <div className="@container space-y-4">
      <DistanceNote result={result} />
      <div className="grid gap-4 @xl:grid-cols-2">
        {wsd && (
          <Panel
            title={
              <>
                <Term name="peak LR">Peak learning rate</Term> for <Term name="WSD">WSD</Term>
              </>
            }
          >
            <Peak wsd={wsd} distances={result.distances} />
          </Panel>
        )}
        {power && <PowerSchedule power={power} result={result} />}
        <BesideTheRate result={result} />
        {result.missing.length > 0 && (
          <Panel title={power ? "What this law cannot say" : "Power schedule for any length"}>
            {result.missing.map((m) => (
              <p key={m} className="text-muted">
                {m}
              </p>
            ))}
          </Panel>
        )}
      </div>
      <LawWithTarget result={result} />
      {result.forms && <FormsTable advice={result.forms} chosen={result.evidence.form} />}
      <Schedules result={result} />
      <div className="grid gap-4 @xl:grid-cols-2">
        <ParameterClasses result={result} />
        <Warnings warnings={result.warnings} />
      </div>
    </div>
  );
}

/** The law along the tokens, at the target's batch and size. */
function LawWithTarget({ result: { wsd, picture, target } }: { result: Recommendation }) {
  const option = useCallback(
    (theme: ChartTheme) =>
      targetLawOption(
        picture!,
        { tokens: target.tokens!, peakLr: wsd!.peakLr, interval: wsd!.interval ?? wsd!.confidence },
        theme,
      ),
    [picture, wsd, target],
  );
  const table = useMemo(() => (picture ? targetLawTable(picture) : null), [picture]);
  if (!wsd || !picture || !table) return null;
  return (
    <Chart
      title="The law, and this target on it"
      option={option}
      table={table}
      height={320}
      note="Every optimum is moved to the target's batch and size along the law."
    />
  );
}

function PowerSchedule({ power, result }: { power: NonNullable<Recommendation["power"]>; result: Recommendation }) {
  const { target } = result;
  return (
    <Panel
      title={
        <>
          <Term name="Power schedule">Power schedule</Term> for any length
        </>
      }
    >
      <p className="num text-2xl font-semibold tracking-tight">
        a {format.significant(power.a)}, b {format.significant(power.b)}
      </p>
      <p className="mt-1 font-mono text-xs text-muted">
        lr(n) = min({format.learningRate(power.cap)}, {target.batchSeqs} · {format.significant(power.a)} · n^
        {format.significant(power.b)})
      </p>
      <dl className="mt-3 grid grid-cols-2 gap-3">
        <Fact name={<Term name="cap">Cap</Term>} title={String(power.cap)}>
          {format.learningRate(power.cap)}
        </Fact>
        <Fact name={<Term name="amplitude ratio">Amplitude</Term>} title={String(power.amplitudeRatio)}>
          {amplitudeSaid(target)}
        </Fact>
        <Fact name="Cap binds until">{format.tokenCount(Math.round(power.kneeTokens))} tokens</Fact>
        <Fact name={<Term name="warmup">Warmup</Term>}>{format.tokenCount(result.warmupTokens)} tokens</Fact>
        <Fact name={<Term name="decay">Decay</Term>}>
          {result.decayTokens === null
            ? `last ${format.percent(target.decayFraction, 0)}`
            : `last ${format.tokenCount(result.decayTokens)} tokens`}
        </Fact>
      </dl>
    </Panel>
  );
}

function ParameterClasses({ result: { classes, target } }: { result: Recommendation }) {
  return (
    <Panel
      title="Learning rate per parameter class"
      note={
        target.parametrization === "mup"
          ? `muP, base width ${target.baseWidth ?? "unknown"}`
          : target.parametrization === null
            ? "parametrization unknown: of the hidden matrices nothing is said"
            : "standard parametrization"
      }
    >
      <div className="overflow-x-auto">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Class</th>
              <th scope="col" className="right">
                Factor
              </th>
              <th scope="col" className="right">
                Peak LR
              </th>
            </tr>
          </thead>
          <tbody>
            {classes.map((c) => (
              <tr key={c.name}>
                <td className="whitespace-normal!">{c.parameters}</td>
                <td className="right">{format.significant(c.lrMultiplier)}</td>
                <td className="right" title={String(c.lr ?? "")}>
                  {format.learningRate(c.lr)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function Warnings({ warnings }: { warnings: Recommendation["warnings"] }) {
  return (
    <Panel title="Before you use it" note={format.counted(warnings.length, "warning")}>
      {warnings.length === 0 ? (
        <p className="text-muted">No warning.</p>
      ) : (
        <WarningList messages={warnings.map((w) => w.message)} />
      )}
    </Panel>
  );
}

function Schedules({ result }: { result: Recommendation }) {
  const { wsd, power, target, warmupTokens } = result;
  const run = useMemo(
    () => ({
      totalTokens: target.tokens ?? DRAWN_STEPS * target.batchSeqs * target.seqLen,
      batchSeqs: target.batchSeqs,
    }),
    [target],
  );
  const schedules = useMemo<NamedSchedule[]>(() => {
    const shared = {
      warmupTokens,
      decayFraction: target.decayFraction,
      decayShape: target.decayShape,
      finalLrFraction: 0,
      a: power?.a ?? 4,
      b: power?.b ?? -0.51,
    };
    const make = (name: string, part: Pick<Schedule, "kind" | "peakLr"> & Partial<Schedule>): NamedSchedule => ({
      name,
      schedule: { ...shared, ...part },
    });
    return [
      ...(power ? [make("Power", { kind: "power", peakLr: power.cap })] : []),
      ...(wsd
        ? [
            make("WSD", { kind: "wsd", peakLr: wsd.peakLr }),
            make("cosine to 10%", { kind: "cosine", peakLr: wsd.peakLr, finalLrFraction: 0.1 }),
          ]
        : []),
    ];
  }, [wsd, power, target, warmupTokens]);
  const option = useCallback((theme: ChartTheme) => scheduleOption(schedules, run, theme), [schedules, run]);
  const table = useMemo(() => scheduleTable(schedules, run), [schedules, run]);
  return (
    <Chart
      title="Schedules of this run"
      option={option}
      table={table}
      height={280}
      note="Cosine is drawn at the WSD peak for comparison; its own best peak was not fitted."
    />
  );
}
