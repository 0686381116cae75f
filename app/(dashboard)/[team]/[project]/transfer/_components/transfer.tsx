"use client";

import { useSearchParams } from "next/navigation";
import { useCallback, useMemo, useState } from "react";
import { Chart } from "@/app/_charts/chart";
import { sizeName } from "@/app/_charts/power-law";
import type { ChartTheme } from "@/app/_charts/theme";
import { cellsTable, predictionOption, regretOption } from "@/app/_charts/transfer";
import { Empty, ErrorNote, PageHeader, Skeleton } from "@/app/_components/page";
import { useRuns } from "@/app/_components/use-runs";
import { curvesOf, type RunPoint, runPointsOf, sizeKeyOf } from "@/lib/estimate";
import { fitSettingsSchema } from "@/lib/fit";
import * as format from "@/lib/format";
import { type TransferCheck, type TransferReport, transferReport } from "@/lib/transfer";

const VERDICTS = {
  pass: { icon: "●", className: "text-finished", word: "pass" },
  warn: { icon: "▲", className: "text-diverged", word: "warning" },
  fail: { icon: "✕", className: "text-failed", word: "fail" },
  inconclusive: { icon: "○", className: "text-muted", word: "inconclusive" },
} as const;

const FORMS = [
  ["power-free", "Free batch"],
  ["power", "Paper (proportional to the batch)"],
] as const;

/** A law fitted on one group of runs, judged on another; groups are sizes, here, and token counts. */
export function Transfer({ team, project }: { team: string; project: string }) {
  const { runs, loading, error } = useRuns(team, project);
  const points = useMemo(() => runPointsOf(runs), [runs]);
  const groups = useMemo(() => groupsOf(points), [points]);
  const params = useSearchParams();
  const [source, setSource] = useState(params.get("from"));
  const [target, setTarget] = useState(params.get("to"));
  const [form, setForm] = useState<(typeof FORMS)[number][0]>(params.get("form") === "power" ? "power" : "power-free");
  const from = groups.find((g) => g.key === source) ?? groups[0];
  const to = groups.find((g) => g.key === target) ?? groups.find((g) => g.key !== from?.key && g.kind === "size");
  const report = useMemo(
    () =>
      from && to
        ? transferReport(
            points.filter(from.test),
            points.filter((p) => to.test(p) && !from.test(p)),
            { settings: fitSettingsSchema.parse({ form }) },
          )
        : null,
    [points, from, to, form],
  );
  const remember = (name: string, value: string) => {
    const next = new URLSearchParams(window.location.search);
    next.set(name, value);
    window.history.replaceState(null, "", `?${next}`);
  };
  return (
    <>
      <PageHeader title="Transfer">Does a law that was fitted on one group of runs hold on another?</PageHeader>
      {error && <ErrorNote>{error}</ErrorNote>}
      {loading && <Skeleton height={480} />}
      {!loading && (!from || !to || !report) && (
        <Empty title="Not enough groups yet">
          Two model sizes (or architectures, or token counts) with finished curves are needed: one to fit on, one to
          test on.
        </Empty>
      )}
      {from && to && report && (
        <div className="space-y-4">
          <div className="panel flex flex-wrap items-end gap-4 p-4">
            <Group
              name="Fit on"
              value={from.key}
              groups={groups}
              onChange={(v) => {
                setSource(v);
                remember("from", v);
              }}
            />
            <span aria-hidden className="pb-1.5 text-muted">
              →
            </span>
            <Group
              name="Test on"
              value={to.key}
              groups={groups.filter((g) => g.key !== from.key)}
              onChange={(v) => {
                setTarget(v);
                remember("to", v);
              }}
            />
            <label>
              <span className="label">Form</span>
              <select
                className="field"
                value={form}
                onChange={(e) => {
                  setForm(e.target.value as typeof form);
                  remember("form", e.target.value);
                }}
              >
                {FORMS.map(([v, text]) => (
                  <option key={v} value={v}>
                    {text}
                  </option>
                ))}
              </select>
            </label>
          </div>
          <Overall report={report} />
          {report.cells.length > 0 && <Pictures report={report} />}
          <div className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
            {report.checks.map((c) => (
              <CheckCard key={c.name} check={c} />
            ))}
          </div>
        </div>
      )}
    </>
  );
}

function Overall({ report }: { report: TransferReport }) {
  const v = VERDICTS[report.verdict];
  return (
    <section className="panel p-4" aria-label="Verdict">
      <p className={`text-lg font-semibold ${v.className}`}>
        <span aria-hidden>{v.icon}</span> {v.word}
      </p>
      <p className="mt-1">{report.sentence}</p>
    </section>
  );
}

function Pictures({ report }: { report: TransferReport }) {
  const prediction = useCallback((theme: ChartTheme) => predictionOption(report.cells, theme), [report]);
  const regret = useCallback((theme: ChartTheme) => regretOption(report.cells, theme), [report]);
  const table = useMemo(() => cellsTable(report.cells), [report]);
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      <Chart
        title="Predicted against measured best learning rate"
        option={prediction}
        table={table}
        height={340}
        note={`${report.cells.length} cells of the target. Dashed lines: off by a factor 2. Marker shape: batch.`}
      />
      <Chart
        title="Regret of using the predicted rate"
        option={regret}
        table={table}
        height={340}
        note="Loss above the best of the target's own curve, interpolated in ln LR. Hollow: what that curve's own optimum is charged by the same reading."
      />
    </div>
  );
}

function CheckCard({ check }: { check: TransferCheck }) {
  const v = VERDICTS[check.verdict];
  const evidence = Object.entries(check.evidence ?? {}).filter(([, value]) => typeof value !== "object");
  return (
    <section className="panel min-w-0 p-4" aria-label={check.title}>
      <div className="flex items-baseline justify-between gap-3">
        <h2>{check.title}</h2>
        <span className={`whitespace-nowrap text-xs ${v.className}`}>
          <span aria-hidden>{v.icon}</span> {v.word}
        </span>
      </div>
      <p className="mt-2 text-[13px]">{check.sentence}</p>
      {evidence.length > 0 && (
        <details className="mt-2 text-xs text-muted">
          <summary className="cursor-pointer">Evidence</summary>
          <dl className="num mt-1 grid grid-cols-2 gap-x-3">
            {evidence.map(([k, value]) => (
              <div key={k} className="contents">
                <dt>{k}</dt>
                <dd className="text-right">{typeof value === "number" ? format.significant(value) : String(value)}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </section>
  );
}

interface RunGroup {
  key: string;
  kind: "size" | "tokens";
  name: string;
  test: (p: RunPoint) => boolean;
}

function groupsOf(points: RunPoint[]): RunGroup[] {
  const curves = curvesOf(points, { lossMetric: "final", seeds: "average" });
  const sizes = [...new Map(curves.map((c) => [c.sizeKey, c.dims.params.nonEmbedding ?? 0])).entries()].sort(
    (p, q) => p[1] - q[1] || (p[0] < q[0] ? -1 : 1),
  );
  const tokens = [...new Set(points.map((p) => p.tokens))].sort((p, q) => p - q);
  return [
    ...sizes.map(([key]): RunGroup => ({ key, kind: "size", name: sizeName(key), test: (p) => sizeKeyOf(p) === key })),
    ...(tokens.length > 2
      ? [
          {
            key: "tokens-short",
            kind: "tokens" as const,
            name: `up to ${format.tokenCount(tokens.at(-2))} tokens, all sizes`,
            test: (p: RunPoint) => p.tokens < tokens.at(-1)!,
          },
          {
            key: "tokens-longest",
            kind: "tokens" as const,
            name: `${format.tokenCount(tokens.at(-1))} tokens, all sizes`,
            test: (p: RunPoint) => p.tokens === tokens.at(-1),
          },
        ]
      : []),
  ];
}

function Group({
  name,
  value,
  groups,
  onChange,
}: {
  name: string;
  value: string;
  groups: RunGroup[];
  onChange: (key: string) => void;
}) {
  return (
    <label>
      <span className="label">{name}</span>
      <select className="field max-w-[80vw]" value={value} onChange={(e) => onChange(e.target.value)}>
        {groups.map((g) => (
          <option key={g.key} value={g.key}>
            {g.name}
          </option>
        ))}
      </select>
    </label>
  );
}
