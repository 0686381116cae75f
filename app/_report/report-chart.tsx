"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useCallback, useMemo } from "react";
import { batchLrMapOption, batchLrMapTable } from "@/app/_charts/batch-lr-map";
import { Chart } from "@/app/_charts/chart";
import { lrLossOption, lrLossTable } from "@/app/_charts/lr-loss";
import { residualsOption, residualsTable } from "@/app/_charts/residuals";
import type { ChartTheme } from "@/app/_charts/theme";
import { ErrorNote, Skeleton } from "@/app/_components/page";
import { LawChart, lawOf } from "@/app/_lab/law-chart";
import { LossCharts } from "@/app/_lab/loss-law";
import { Results } from "@/app/_lab/results";
import { useLabRuns } from "@/app/_lab/use-lab-runs";
import { useTRPC } from "@/app/_trpc/client";
import { type FitResult, type FitSettings, fitLaw } from "@/lib/fit";
import * as format from "@/lib/format";
import type { reportCharts } from "@/lib/report";
import { sizeName } from "@/lib/run";

type Kind = (typeof reportCharts)[number];

/** A chart of a saved fit, as it was stored. */
export function FrozenChart({ team, fit: id, chart }: { team: string; fit: string; chart: Kind }) {
  const trpc = useTRPC();
  const fit = useQuery(trpc.fit.get.queryOptions({ team, id }));
  if (fit.error) return <ErrorNote>{`the fit of this chart: ${fit.error.message}`}</ErrorNote>;
  if (!fit.data) return <Skeleton height={320} />;
  const { name, project, createdAt, result } = fit.data;
  return (
    <>
      <Picture kind={chart} result={result} />
      <p className="text-xs text-muted">
        Frozen: fit{" "}
        <Link className="link" href={`/${team}/${project}/fits/${id}`}>
          {name}
        </Link>{" "}
        of {new Date(createdAt).toISOString().slice(0, 10)}, {format.counted(result.runIds.length, "run")}, input{" "}
        {result.inputHash}.
      </p>
    </>
  );
}

export interface SavedFit {
  id: string;
  name: string;
  createdAt: Date;
  /** How many it rests on. */
  runs: number;
  result: FitResult;
}

/** The same for whoever reads a shared report. */
export function SavedChart({ fit, chart }: { fit: SavedFit; chart: Kind }) {
  const { name, createdAt, runs, result } = fit;
  return (
    <>
      <Picture kind={chart} result={result} />
      <p className="text-xs text-muted">
        Fit {name} of {createdAt.toISOString().slice(0, 10)}, {format.counted(runs, "run")}, input {result.inputHash}.
      </p>
    </>
  );
}

/** A chart of the project's runs as they are now. */
export function LiveChart({
  team,
  project,
  settings,
  chart,
}: {
  team: string;
  project: string;
  settings: FitSettings;
  chart: Kind;
}) {
  const { points, loading, error } = useLabRuns(team, project);
  const result = useMemo(() => fitLaw(points, settings), [points, settings]);
  if (error) return <ErrorNote>{error}</ErrorNote>;
  if (loading) return <Skeleton height={320} />;
  return (
    <>
      <Picture kind={chart} result={result} />
      <p className="text-xs text-muted">
        Live: {format.counted(result.runIds.length, "run")},{" "}
        <Link className="link" href={`/${team}/${project}/fits?fit=${encodeURIComponent(JSON.stringify(settings))}`}>
          open in the lab
        </Link>
        .
      </p>
    </>
  );
}

function Picture({ kind, result }: { kind: Kind; result: FitResult }) {
  const excluded = useMemo(() => new Set(result.settings.excludedCurves), [result]);
  if (kind === "coefficients") return <Results result={result} comparison={null} />;
  if (kind === "law" && result.fit?.kind === "loss") return <LossCharts fit={result.fit} />;
  if (kind === "law") {
    return (
      <LawChart
        title={`Best learning rate against tokens: ${lawOf(result)?.regression.equation ?? result.settings.form}`}
        {...{ result, excluded }}
      />
    );
  }
  return <CellPicture kind={kind} result={result} />;
}

/** Curves and map of the largest size at its middle token count; residuals of all. */
function CellPicture({ kind, result }: { kind: "curves" | "map" | "residuals"; result: FitResult }) {
  const optima = useMemo(() => {
    const last = result.optima.at(-1);
    const size = result.optima.filter((o) => o.sizeKey === last?.sizeKey);
    const tokens = [...new Set(size.map((o) => o.dims.tokens))];
    return size.filter((o) => o.dims.tokens === tokens[Math.floor((tokens.length - 1) / 2)]);
  }, [result]);
  const rows = useMemo(() => lawOf(result)?.regression.rows ?? [], [result]);
  const option = useCallback(
    (theme: ChartTheme) => {
      if (kind === "residuals") return residualsOption({ rows, optima: result.optima }, theme);
      return kind === "map" ? batchLrMapOption(optima, theme) : lrLossOption(optima, theme, { parabolas: true });
    },
    [kind, optima, rows, result.optima],
  );
  const table = useMemo(
    () =>
      kind === "residuals" ? residualsTable(rows) : kind === "map" ? batchLrMapTable(optima) : lrLossTable(optima),
    [kind, optima, rows],
  );
  const first = optima[0];
  const where = first ? `${sizeName(first.dims)}, ${format.tokenCount(first.dims.tokens)} tokens` : "";
  const title =
    kind === "residuals"
      ? "Residuals, octaves"
      : kind === "map"
        ? `Loss over batch and LR: ${where}`
        : `Loss against LR: ${where}`;
  return <Chart title={title} option={option} table={table} height={300} />;
}
