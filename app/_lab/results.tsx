"use client";

import type { ReactNode } from "react";
import { Copy } from "@/app/_components/copy";
import { FORM_NAMES } from "@/app/_components/form-names";
import { Panel } from "@/app/_components/page";
import { Term } from "@/app/_components/term";
import {
  batchUnit,
  type FitResult,
  type FitSketch,
  type FormComparison,
  type FTest,
  type LrFit,
  type LrForm,
} from "@/lib/fit";
import * as format from "@/lib/format";
import { CoefficientTable, FitFacts } from "./coefficient-table";
import { lawOf } from "./law-chart";
import { LossCoefficients } from "./loss-law";

/** A fit, of which what judges it may still be computed. */
export type Judged = FitSketch & Partial<FitResult>;

/** Numbers, judgement and warnings of a fit: everything but its pictures. */
export function Results({
  result,
  comparison,
  onForm,
}: {
  result: Judged;
  comparison: FormComparison[] | null;
  /** Chooses a form of the comparison, where it can be changed. */
  onForm?: (form: LrForm) => void;
}) {
  const fit = lawOf(result);
  // The worker draws; what stands before it has drawn is not the whole of it.
  const complete = fit
    ? result.settings.bootstrap > 0 && result.warnings
    : result.fit?.kind === "loss" && result.fit.bootstrap;
  return (
    <div className="space-y-4">
      {fit ? (
        <Panel title={<Term name="exponent">Coefficients</Term>} note={fit.regression.equation}>
          <Coefficients fit={fit} perCurve={result.perCurve ?? null} />
          {fit.batch && (
            <p className="num mt-3 text-[13px]">
              {fit.batch.equation.replace("batch tokens", `batch in ${batchUnit(fit)}`)}:{" "}
              {fit.batch.coefficients.map((c) => `${c.name} = ${format.plusMinus(c.value, c.se)}`).join(", ")}
            </p>
          )}
          {fit.saturation?.test && <Saturates test={fit.saturation.test} />}
          <Quality fit={fit} />
        </Panel>
      ) : result.fit?.kind === "loss" ? (
        <LossCoefficients fit={result.fit} />
      ) : (
        <Panel title="Result">
          <p className={result.notIdentifiable ? "text-diverged" : "text-muted"}>
            {result.notIdentifiable?.message ?? "The law is on its way."}
          </p>
        </Panel>
      )}
      <Panel title="Warnings" note={result.warnings && `${result.warnings.length}`}>
        <Warnings result={result} />
      </Panel>
      <Verdict result={result} />
      {complete && (
        <div className="flex items-center gap-3 text-xs text-muted print:hidden">
          <Copy text={() => JSON.stringify(result)} label="Copy the fit as JSON" />
          every number in full precision
        </div>
      )}
      {comparison && <Comparison list={comparison} chosen={result.settings.form} onForm={onForm} />}
    </div>
  );
}

/** Every form on the same runs: how well it predicts a cell that it has not seen. */
function Comparison({
  list,
  chosen,
  onForm,
}: {
  list: FormComparison[];
  chosen: string;
  onForm?: (form: LrForm) => void;
}) {
  return (
    <Panel title="Comparison of forms" note="octaves, smaller is better">
      <div className="overflow-x-auto">
        <table className="table text-xs!">
          <thead>
            <tr>
              <th scope="col" className="px-1!">
                Form
              </th>
              <th scope="col" className="right px-1!">
                n
              </th>
              <th
                scope="col"
                className="right px-1!"
                title="All bracketed curves, each (size, tokens) predicted from the others"
              >
                All batches
              </th>
              <th
                scope="col"
                className="right px-1!"
                title="The best batch of each (size, tokens), predicted from the others"
              >
                Best batch
              </th>
              <th scope="col" className="right px-1!" title="Loss given up by these predictions, in the mean">
                Regret
              </th>
            </tr>
          </thead>
          <tbody>
            {list.map((c) => (
              <tr key={c.form} title={`${c.equation}${c.reason ? `: ${c.reason}` : ""}`}>
                <td className={`px-1! whitespace-normal! ${c.form === chosen ? "font-semibold" : ""}`}>
                  {onForm && c.form !== chosen ? (
                    <button type="button" className="link text-left" onClick={() => onForm(c.form)}>
                      {FORM_NAMES[c.form]}
                    </button>
                  ) : (
                    FORM_NAMES[c.form]
                  )}
                </td>
                <td className="right px-1!">{c.n}</td>
                <td className="right px-1!">{format.significant(c.everyBatch?.rmsLog2 ?? null, 2)}</td>
                <td className="right px-1!">{format.significant(c.bestBatch?.rmsLog2 ?? null, 2)}</td>
                <td className="right px-1!">{regretText(c.bestBatch?.meanRegret ?? null)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="mt-2 text-xs text-muted">
        Every form predicts the same optima, <Term name="cell out">each</Term> from a law without its (size, tokens){" "}
        <Term name="cell">cell</Term>: all curves, where it knows the batch, and the best batch of each cell, with the
        mean <Term name="regret">regret</Term> there. Errors in <Term name="octave">octaves</Term>.
      </p>
    </Panel>
  );
}

const regretText = (regret: number | null) => (regret === null ? "-" : `${format.significant(100 * regret, 2)}%`);

/** What the data say about the paper's two assumptions, in words. */
function Verdict({ result }: { result: Judged }) {
  if (!result.hypotheses?.length) return null;
  return (
    <Panel title="What the data say about the paper’s assumptions">
      <ul className="space-y-2">
        {result.hypotheses.map((h) => (
          <li key={h.name}>
            <span className={h.rejected === null ? "text-muted" : h.rejected ? "text-diverged" : "text-finished"}>
              {h.rejected === null ? "○ not decided" : h.rejected ? "✕ rejected" : "● not rejected"}
            </span>{" "}
            — {h.sentence}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Coefficients({ fit, perCurve }: { fit: LrFit; perCurve: LrFit | null }) {
  const { coefficients, bootstrapResamples, trunks } = fit.regression;
  const isLog = (name: string) => name.startsWith("ln ");
  const shown = (name: string, v: number) => (isLog(name) ? format.learningRate(Math.exp(v)) : format.significant(v));
  return (
    <CoefficientTable
      rows={coefficients.map((c) => ({
        name: c.name.replace("ln ", ""),
        value: isLog(c.name) ? shown(c.name, c.value) : format.plusMinus(c.value, c.se),
        exact: isLog(c.name) ? Math.exp(c.value) : c.value,
        interval: (
          <>
            {shown(c.name, c.t.low)} to {shown(c.name, c.t.high)}
            {c.bootstrap && (
              <span className="block text-xs text-muted">
                {shown(c.name, c.bootstrap.low)} to {shown(c.name, c.bootstrap.high)}
              </span>
            )}
          </>
        ),
      }))}
      caption={
        <>
          By Student t,{" "}
          {trunks ? `robust to what runs of one trunk share (${trunks} trunks)` : "optima taken for independent"}
          {bootstrapResamples > 0 && (
            <>
              ; below by <Term name="bootstrap">bootstrap</Term> over trunks ({bootstrapResamples} draws)
            </>
          )}
          .
          {perCurve && (
            <span className="num block">
              By each curve’s own parabola:{" "}
              {perCurve.regression.coefficients
                .map(
                  (c) =>
                    `${c.name.replace("ln ", "")} = ${isLog(c.name) ? shown(c.name, c.value) : format.plusMinus(c.value, c.se)}`,
                )
                .join(", ")}
              .
            </span>
          )}
        </>
      }
    />
  );
}

/** Of a saturating law: whether the data need it. */
function Saturates({ test: { F, df1, df2, p } }: { test: FTest }) {
  return (
    <p className="num mt-3 text-[13px]">
      Against a power of the batch without B0: F({df1}, {df2}) = {format.significant(F)},{" "}
      {p < 0.001 ? "p < 0.001" : `p = ${format.significant(p, 2)}`}
      {p < 0.05 ? "." : ": the data do not show that the rates level off."}
    </p>
  );
}

function Quality({ fit }: { fit: LrFit }) {
  const r = fit.regression;
  const facts: [ReactNode, string][] = [
    ["Optima", `${r.n} (${format.counted(r.df, "degree")} of freedom)`],
    [<Term key="r2" name="R²" />, format.significant(r.r2)],
    [
      <Term key="scatter" name="octave">
        Scatter
      </Term>,
      `${format.significant(r.residualSdLog2, 2)} octaves`,
    ],
    [
      <Term key="loo" name="leave one out">
        Leave one out
      </Term>,
      `${format.significant(r.looRmseLog2, 2)} octaves rms`,
    ],
    ...r.leaveLargestOut.map((l): [ReactNode, string] => [
      `Largest ${l.what} out`,
      `${format.significant(l.rmsLog2, 2)} octaves rms, ${format.significant(l.maxLog2, 2)} at most, on ${l.n}`,
    ]),
    ...(r.aicc === null
      ? []
      : [[<Term key="aicc" name="AICc" />, format.significant(r.aicc, 4)] as [ReactNode, string]]),
    [
      <Term key="cn" name="condition number">
        Condition number
      </Term>,
      format.significant(r.conditionNumber, 2),
    ],
  ];
  return <FitFacts facts={facts} />;
}

function Warnings({ result }: { result: Judged }) {
  if (!result.warnings) return <p className="text-muted">On their way.</p>;
  if (result.warnings.length === 0) return <p className="text-muted">None.</p>;
  return (
    <ul className="space-y-2.5 text-[13px]">
      {result.warnings.map((w) => (
        <li key={`${w.code} ${w.message}`}>
          <p>
            <span className={w.severity === "warning" ? "text-diverged" : "text-muted"} aria-hidden>
              {w.severity === "warning" ? "▲ " : "○ "}
            </span>
            {w.message}
          </p>
          <p className="text-muted">{w.action}</p>
        </li>
      ))}
    </ul>
  );
}
