"use client";

import Link from "next/link";
import { useCallback, useMemo } from "react";
import { Chart } from "@/app/_charts/chart";
import { lawPoints } from "@/app/_charts/power-law";
import { residualsOption, residualsTable } from "@/app/_charts/residuals";
import type { ChartTheme } from "@/app/_charts/theme";
import { Panel } from "@/app/_components/page";
import { LawChart, lawOf } from "@/app/_lab/law-chart";
import { LossCharts } from "@/app/_lab/loss-law";
import { Results } from "@/app/_lab/results";
import type { Outputs } from "@/app/_trpc/outputs";
import { bootstrapBand, type FitResult } from "@/lib/fit";
import * as format from "@/lib/format";

type Since = Outputs["fit"]["get"]["since"];

/** A saved fit, as it was stored, and what has happened since. Nothing of it is computed again but the band. */
export function StoredFit({ result, since, base }: { result: FitResult; since: Since; base: string }) {
  const excluded = useMemo(() => new Set(result.settings.excludedCurves), [result]);
  const band = useMemo(
    () =>
      result.fit?.kind === "lr"
        ? bootstrapBand(result.fit, result.settings, lawPoints(result.fit, result.optima))
        : null,
    [result],
  );
  return (
    <div className="grid gap-4 xl:grid-cols-[minmax(0,1fr)_400px]">
      <div className="min-w-0 space-y-4">
        {result.fit?.kind === "loss" ? (
          <LossCharts fit={result.fit} />
        ) : (
          <LawChart
            title={`Best learning rate against tokens: ${lawOf(result)?.regression.equation ?? result.settings.form}`}
            {...{ result, excluded, band }}
          />
        )}
        <ChangedSince since={since} base={base} settings={result.settings} />
        <Exclusions result={result} />
        <StoredResiduals result={result} />
      </div>
      <Results result={result} comparison={null} />
    </div>
  );
}

const SHOWN_RUNS = 12;

function ChangedSince({ since, base, settings }: { since: Since; base: string; settings: FitResult["settings"] }) {
  const lab = `${base}/fits?fit=${encodeURIComponent(JSON.stringify({ ...settings, bootstrap: 0 }))}`;
  return (
    <Panel title="What changed since" note={since.arrived === 0 && since.gone === 0 ? "nothing" : undefined}>
      {since.arrived === 0 ? (
        <p className="text-muted">No run that belongs to this fit has finished since it was saved.</p>
      ) : (
        <>
          <p>
            {format.counted(since.arrived, "run has", "runs have")} finished since.{" "}
            <Link className="link" href={lab}>
              Fit again with them
            </Link>
          </p>
          <ul className="num mt-2 flex flex-wrap gap-x-3 text-xs">
            {since.arrivedRunIds.slice(0, SHOWN_RUNS).map((id) => (
              <li key={id}>
                <Link className="link font-mono" href={`${base}/runs/${id}`}>
                  {id.slice(0, 8)}
                </Link>
              </li>
            ))}
            {since.arrived > SHOWN_RUNS && <li className="text-muted">and {since.arrived - SHOWN_RUNS} more</li>}
          </ul>
          <dl className="num mt-3 grid grid-cols-[auto_auto_1fr] gap-x-4 text-[13px]">
            {since.coefficients.map((c) => (
              <div key={c.name} className="contents">
                <dt className="font-mono text-muted">{c.name}</dt>
                <dd>{format.significant(c.before, 4)}</dd>
                <dd>with them {format.significant(c.now, 4)}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
      {since.gone > 0 && (
        <p className="mt-2 text-diverged">
          {since.gone} of its runs {since.gone === 1 ? "is" : "are"} no longer there.
        </p>
      )}
    </Panel>
  );
}

function Exclusions({ result }: { result: FitResult }) {
  const { excludedCurves, excludedRunIds, exclusionReasons } = result.settings;
  const list = [...excludedCurves, ...excludedRunIds];
  if (list.length === 0) return null;
  return (
    <Panel title="Taken out by hand" note={`${list.length}`}>
      <ul className="space-y-1 text-[13px]">
        {list.map((key) => (
          <li key={key}>
            <span className="font-mono text-xs break-all">{key}</span>: {exclusionReasons?.[key] ?? "no reason given"}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function StoredResiduals({ result }: { result: FitResult }) {
  const rows = useMemo(() => lawOf(result)?.regression.rows ?? [], [result]);
  const option = useCallback(
    (theme: ChartTheme) => residualsOption({ rows, optima: result.optima }, theme),
    [rows, result.optima],
  );
  const table = useMemo(() => residualsTable(rows), [rows]);
  if (rows.length === 0) return null;
  return (
    <Chart
      title="Residuals: measured against fitted"
      option={option}
      table={table}
      height={250}
      note="Octaves of learning rate, against tokens."
    />
  );
}
