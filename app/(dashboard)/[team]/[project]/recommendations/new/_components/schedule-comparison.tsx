"use client";

import { useDeferredValue, useMemo, useState } from "react";
import { Scroll } from "@/app/_components/page";
import { Term } from "@/app/_components/term";
import { WarningList } from "@/app/_components/warning-list";
import type { Outputs } from "@/app/_trpc/outputs";
import * as format from "@/lib/format";
import { beyondSaid, type Recommendation, type RecommendationTarget } from "@/lib/recommend";
import { decayLabel } from "@/lib/schedule";
import {
  type ScheduleComparison as Compared,
  compareSchedules,
  type LawDomain,
  type MeasuredAmplitude,
  measuredAmplitude,
  type PowerRun,
  type ScheduleFit,
} from "@/lib/schedule-law";

export type OnAmplitude = (source: NonNullable<RecommendationTarget["amplitudeSource"]>, ratio: number) => void;

type Props = {
  answer: Outputs["fit"]["scheduleLaw"];
  fit: ScheduleFit;
  domain: LawDomain;
  advice: Recommendation | null;
  onAmplitude: OnAmplitude;
};

/** Schedules of the target by their predicted loss, and the amplitude of its Power schedule. */
export function ScheduleComparison({ answer, fit, domain, advice: now, onAmplitude }: Props) {
  const advice = useDeferredValue(now);
  const [ownPeak, setOwnPeak] = useState(false);
  const run = useMemo(() => powerRunOf(advice), [advice]);
  const amplitude = useMemo(() => (run ? measuredAmplitude(fit.law, run) : null), [fit, run]);
  const compared = useMemo(
    () => comparedOf({ fit, domain, advice, amplitude, ownPeak }),
    [fit, domain, advice, amplitude, ownPeak],
  );
  if (!advice || !compared) {
    return (
      <p className="text-muted">
        The comparison is for a run of known length: fill in the training tokens, and a target that the law gives a WSD
        peak for.
      </p>
    );
  }
  const { target } = advice;
  const within = compared.schedules.filter((s) => s.difference > 0 && s.difference < fit.fit.rmse).length;
  return (
    <>
      <p>
        Predicted final loss after {compared.steps.toLocaleString("en")} steps at the peak of this advice,{" "}
        {format.learningRate(advice.wsd!.peakLr)}.
        {within > 0 &&
          ` ${format.counted(within, "schedule lies", "schedules lie")} nearer to the best than the law's own error.`}
      </p>
      <label className="flex items-center gap-2">
        <input type="checkbox" checked={ownPeak} onChange={(e) => setOwnPeak(e.target.checked)} />
        also each at its own best of 13 peaks, 1/8 to 8 times this one
      </label>
      <ComparedTable {...{ compared, ownPeak }} own={`WSD ${decayLabel(target)}`} />
      {compared.schedules.some((s) => s.beyond || s.ownPeak?.beyond) && (
        <p className="text-xs text-muted">
          {BEYOND} at rates more than 1.5 times outside the peaks of the curves, {format.learningRate(domain.peaks.low)}{" "}
          to {format.learningRate(domain.peaks.high)}: what they cost was not seen, and what they gain rests on the law
          alone.
        </p>
      )}
      {compared.leftOut.length > 0 && (
        <p className="text-xs text-muted">
          Left out: {compared.leftOut.map((l) => l.name).join(", ")}: {compared.leftOut[0]!.reason}.
        </p>
      )}
      <Amplitude
        {...{ amplitude, domain }}
        onUse={({ ratio, flat, highestLr }) =>
          onAmplitude(
            {
              ...{ law: fit.law, curves: domain.curves, metric: answer.metric, flat },
              of: answer.groups.find((g) => g.key === answer.group)?.name ?? "",
              ...{ tokens: target.tokens!, batchSeqs: target.batchSeqs, highestLr, peaks: domain.peaks },
            },
            ratio,
          )
        }
      />
      <WarningList messages={compared.warnings.map((w) => w.message)} />
    </>
  );
}

/** The target under its Power schedule, whose law is that of the advice without its amplitude ratio. */
function powerRunOf(advice: Recommendation | null): PowerRun | null {
  if (!advice?.power || advice.target.tokens === null) return null;
  const { target, power, warmupTokens } = advice;
  const { batchSeqs, seqLen, decayFraction, decayShape } = target;
  const run = { tokens: advice.target.tokens, batchSeqs, seqLen, decayFraction, decayShape, warmupTokens };
  return { ...run, a: power.a / power.amplitudeRatio, b: power.b, cap: power.cap };
}

function comparedOf({
  fit,
  domain,
  advice,
  amplitude,
  ownPeak,
}: Pick<Props, "fit" | "domain" | "advice"> & { amplitude: MeasuredAmplitude | null; ownPeak: boolean }) {
  const run = powerRunOf(advice);
  if (!advice?.wsd || advice.target.tokens === null) return null;
  const { target, warmupTokens } = advice;
  const { batchSeqs, seqLen, decayFraction, decayShape } = target;
  const ratios = amplitude
    ? ([
        [amplitude.borrowed.ratio, "borrowed"],
        [amplitude.ratio, "measured"],
      ] as const)
    : [];
  const power = ratios.map(([ratio, word]) => ({
    name: `Power, ${word} amplitude ${format.significant(ratio)}`,
    ...{ a: run!.a * ratio, b: run!.b, cap: run!.cap },
  }));
  const of = { tokens: target.tokens!, batchSeqs, seqLen, warmupTokens, peakLr: advice.wsd.peakLr };
  return compareSchedules(fit.law, { ...of, power, decay: { decayFraction, decayShape } }, { domain, ownPeak });
}

const BEYOND = " ◇";

function ComparedTable({ compared, ownPeak, own }: { compared: Compared; ownPeak: boolean; own: string }) {
  return (
    <Scroll className="max-h-96 overflow-auto" label="Schedules by predicted loss">
      <table className="table text-xs! [&_td]:px-1.5! [&_th]:px-1.5!">
        <thead>
          <tr>
            <th scope="col">Schedule</th>
            <th scope="col" className="right">
              Loss
            </th>
            <th scope="col" className="right">
              Above the best
            </th>
            {ownPeak && (
              <>
                <th scope="col" className="right">
                  Own peak
                </th>
                <th scope="col" className="right">
                  Loss there
                </th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {compared.schedules.map(({ name, loss, difference, beyond, ownPeak: best }) => (
            <tr key={name}>
              <td className={`min-w-32 whitespace-normal! ${name === own ? "font-semibold" : ""}`}>
                {name}
                {name === own && ", this target"}
                {beyond && BEYOND}
              </td>
              <td className="right" title={String(loss)}>
                {format.loss(loss)}
              </td>
              <td className="right">{format.loss(difference)}</td>
              {best && (
                <>
                  <td className="right">
                    {format.significant(best.factor)}×{best.atEnd && ` (${best.atEnd} end)`}
                    {best.beyond && BEYOND}
                  </td>
                  <td className="right">{format.loss(best.loss)}</td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Amplitude({
  amplitude,
  domain,
  onUse,
}: {
  amplitude: MeasuredAmplitude | null;
  domain: LawDomain;
  onUse: (amplitude: MeasuredAmplitude) => void;
}) {
  if (!amplitude)
    return <p className="text-muted">This law gives no Power schedule, so there is no amplitude to find.</p>;
  const { ratio, flat, loss, highestLr, borrowed, reason } = amplitude;
  return (
    <div className="space-y-2">
      <p>
        <Term name="amplitude ratio">Amplitude</Term> of the Power schedule: {format.significant(ratio)} of the law's;{" "}
        {format.significant(flat.low)} to {format.significant(flat.high)} are within 0.1% of its loss. The borrowed
        4/4.6 costs {format.loss(borrowed.loss - loss)} more.
        {beyondSaid({ highestLr, peaks: domain.peaks })}
      </p>
      {reason && <p>It is no measurement: {reason}.</p>}
      <button type="button" className="button" disabled={reason !== null} onClick={() => onUse(amplitude)}>
        Use the measured amplitude
      </button>
    </div>
  );
}
