"use client";

import { useSearchParams } from "next/navigation";
import { useMemo, useState } from "react";
import { curveTitles } from "@/app/_components/curve-titles";
import { Choice, Framed } from "@/app/_components/fields";
import { usePointChoices } from "@/app/_components/filter-choices";
import { FilterInput } from "@/app/_components/filter-input";
import { FORM_NAMES } from "@/app/_components/form-names";
import { Empty, ErrorNote, PageHeader, Panel, Skeleton } from "@/app/_components/page";
import { SendRuns } from "@/app/_components/send-runs";
import { Term } from "@/app/_components/term";
import { WhereRunsComeFrom } from "@/app/_components/where-runs-come-from";
import { QueueNext } from "@/app/_lab/queue-next";
import { useLabRuns } from "@/app/_lab/use-lab-runs";
import { type FitSettings, fitSettingsSchema, forms } from "@/lib/fit";
import * as format from "@/lib/format";
import type { RunPoint } from "@/lib/run";
import { type TransferReport, transferReport } from "@/lib/transfer";
import { CheckCards, VERDICTS } from "./check-cards";
import { groupsOf, type RunGroup, runsOf } from "./groups";

/** A law fitted on one group of runs, judged on another; groups are filters over any dimension. */
export function Transfer({ team, project }: { team: string; project: string }) {
  const runs = useLabRuns(team, project);
  const { points } = runs;
  const groups = useMemo(() => groupsOf(points), [points]);
  const params = useSearchParams();
  const [source, setSource] = useState(params.get("from"));
  const [target, setTarget] = useState(params.get("to"));
  const [form, setForm] = useState(() => formOf(params.get("form")));
  const from = source ?? groups[0]?.filter ?? "";
  const to = target ?? groups.find((g) => g.filter !== from && g.kind === groups[0]?.kind)?.filter ?? "";
  const [fitOn, testOn] = useMemo(() => [runsOf(points, from), runsOf(points, to)], [points, from, to]);
  const report = useMemo(() => {
    if (typeof fitOn === "string" || typeof testOn === "string" || !from || !to) return null;
    const inSource = new Set(fitOn);
    const settings = fitSettingsSchema.parse({ form });
    return transferReport(
      fitOn,
      testOn.filter((p) => !inSource.has(p)),
      { settings },
    );
  }, [fitOn, testOn, from, to, form]);
  const choose = (name: "from" | "to" | "form", value: string) => {
    ({ from: setSource, to: setTarget, form: (v: string) => setForm(formOf(v)) })[name](value);
    const next = new URLSearchParams(window.location.search);
    next.set(name, value);
    window.history.replaceState(null, "", `?${next}`);
  };
  return (
    <>
      <PageHeader title="Transfer">
        Does a <Term name="law">law</Term> that was fitted on one group of runs hold on another? Each{" "}
        <Term name="transfer check">check</Term> is judged by itself, with its <Term name="regret">regret</Term> against
        the <Term name="floor">floor</Term> of the grid.
      </PageHeader>
      {runs.error && <ErrorNote>{runs.error}</ErrorNote>}
      {runs.loading && <Skeleton height={480} />}
      {!runs.loading && points.length === 0 && (
        <div className="space-y-4">
          <Empty title="No runs yet" action={<WhereRunsComeFrom base={`/${team}/${project}`} />}>
            Two groups of finished <Term name="curve">curves</Term> are needed: one to fit on, one to test on.
          </Empty>
          <SendRuns team={team} project={project} />
        </div>
      )}
      {points.length > 0 && (
        <div className="space-y-4">
          <div className="panel flex flex-wrap items-start gap-4 p-4">
            <Group
              name="Fit on"
              value={from}
              {...{ points, groups }}
              found={fitOn}
              onChange={(v) => choose("from", v)}
            />
            <span aria-hidden className="pt-7 text-muted max-sm:hidden">
              →
            </span>
            <Group name="Test on" value={to} {...{ points, groups }} found={testOn} onChange={(v) => choose("to", v)} />
            <Choice
              name={<Term name="form">Form</Term>}
              look=""
              value={form}
              options={forms.filter((f) => f !== "chinchilla").map((f) => [f, FORM_NAMES[f]] as const)}
              onChange={(f) => choose("form", f)}
            />
          </div>
          {report && <Overall report={report} />}
          {report && <Missing team={team} report={report} sweepOf={runs.sweepOf} />}
          {report && <CheckCards report={report} />}
          {report && report.definitions.length > 0 && <Definitions report={report} />}
        </div>
      )}
    </>
  );
}

function formOf(text: string | null): FitSettings["form"] {
  return forms.find((f) => f === text && f !== "chinchilla") ?? "power-free";
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

const LISTED = 8;

/**
 * What would settle an open question: checks without an answer, and curves of the target without a bracketed optimum.
 */
function Missing({
  team,
  report,
  sweepOf,
}: {
  team: string;
  report: TransferReport;
  sweepOf: ReadonlyMap<string, string>;
}) {
  const open = report.checks.filter((c) => c.verdict === "inconclusive");
  const curves = report.target.optima.filter((o) => o.status !== "ok");
  const titleOf = curveTitles(report.target.optima);
  if (report.refused === null && open.length === 0 && curves.length === 0) return null;
  return (
    <Panel
      title="What is missing"
      note={[
        open.length > 0 && `${format.counted(open.length, "check")} open`,
        curves.length > 0 && `${format.counted(curves.length, "target curve")} without an optimum`,
      ]
        .filter(Boolean)
        .join(", ")}
    >
      {report.refused !== null && <p>Before anything can be compared: {report.refused}.</p>}
      <ul className="space-y-1 text-[13px]">
        {open.map((c) => (
          <li key={c.name}>
            <span className="font-medium">{c.title}:</span> {c.sentence}
          </li>
        ))}
      </ul>
      {curves.slice(0, LISTED).map((o) => (
        <div key={o.key} className="mt-3 border-t border-line pt-2 text-[13px]">
          {titleOf(o)}:{" "}
          <span className="text-diverged">
            <Term name={o.status}>{o.status}</Term>
          </span>
          <QueueNext team={team} chosen={o} sweepOf={sweepOf} />
        </div>
      ))}
      {curves.length > LISTED && (
        <p className="mt-2 text-xs text-muted">and {format.counted(curves.length - LISTED, "more curve")}</p>
      )}
    </Panel>
  );
}

/** The same question with N counted otherwise. */
function Definitions({ report }: { report: TransferReport }) {
  return (
    <Panel
      title={
        <>
          How <Term name="params N">N</Term> is counted
        </>
      }
      note="error of the law on the target under each definition"
    >
      <ul className="num flex flex-wrap gap-x-6 gap-y-1">
        {report.definitions.map((d) => (
          <li key={d.definition}>
            {d.definition}: {format.significant(d.rmsLog2, 2)} octaves rms
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Group({
  name,
  value,
  points,
  groups,
  found,
  onChange,
}: {
  name: string;
  value: string;
  points: readonly RunPoint[];
  groups: RunGroup[];
  found: unknown[] | string;
  onChange: (filter: string) => void;
}) {
  const choices = usePointChoices(points);
  return (
    <div className="min-w-0 flex-1 basis-72">
      <Choice
        name={name}
        look="w-full max-w-md"
        value={groups.some((g) => g.filter === value) ? value : ""}
        options={[["", "a filter of your own"], ...groups.map((g) => [g.filter, g.name] as const)]}
        onChange={(filter) => filter && onChange(filter)}
      />
      <Framed
        label={`${name}: filter`}
        look="text-xs"
        className="mt-1 max-w-xl"
        error={typeof found === "string" ? found : undefined}
        note={typeof found === "string" ? undefined : format.counted(found.length, "run")}
      >
        {(control) => <FilterInput {...control} {...{ choices, value, onChange }} title={value} />}
      </Framed>
    </div>
  );
}
