"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ErrorNote, Panel } from "@/app/_components/page";
import { Term } from "@/app/_components/term";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import * as format from "@/lib/format";
import type { Recommendation } from "@/lib/recommend";
import { type OnAmplitude, ScheduleComparison } from "./schedule-comparison";

type Answer = Outputs["fit"]["scheduleLaw"];
type Asked = { metric: string; group: string | null; peakLr: number | null };

const METRICS = ["train/loss", "val/loss"];

/**
 * The law of schedules through the project's stored curves, asked for with a button, and what it says of the target.
 */
export function SchedulesPanel({
  team,
  project,
  advice,
  onAmplitude,
}: {
  team: string;
  project: string;
  advice: Recommendation | null;
  onAmplitude: OnAmplitude;
}) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [metric, setMetric] = useState(METRICS[0]!);
  const [group, setGroup] = useState<string | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const { queryKey, ...options } = trpc.fit.scheduleLaw.queryOptions(
    { team, of: { project, ...(asked ?? { metric, group, peakLr: null }) } },
    { trpc: { abortOnUnmount: true } },
  );
  const law = useQuery({
    ...options,
    queryKey,
    enabled: asked !== null,
    staleTime: Infinity,
    retry: false,
    placeholderData: (before) => before,
  });
  const cancel = () => {
    setAsked(null);
    void queries.cancelQueries({ queryKey });
  };
  const groups = law.data?.groups ?? [];
  return (
    <Panel
      title={<Term name="schedule">Schedules</Term>}
      note="optional: compared by the curves of this project's runs"
    >
      <div className="flex flex-wrap items-end gap-2">
        <select
          className="field w-auto!"
          aria-label="Metric of the curves"
          value={metric}
          onChange={(e) => setMetric(e.target.value)}
        >
          {METRICS.map((m) => (
            <option key={m}>{m}</option>
          ))}
        </select>
        {groups.length > 1 && (
          <select
            className="field w-auto! max-w-full"
            aria-label="Model, batch and recipe of the curves"
            value={group ?? law.data?.group ?? ""}
            onChange={(e) => setGroup(e.target.value)}
          >
            {groups.map((g) => (
              <option key={g.key} value={g.key}>
                {g.name}: {format.counted(g.schedules, "schedule")}
              </option>
            ))}
          </select>
        )}
        <button
          type="button"
          className="button"
          disabled={law.isFetching}
          onClick={() => setAsked({ metric, group, peakLr: advice?.wsd?.peakLr ?? null })}
        >
          Fit the schedule law from curves
        </button>
        {law.isFetching && (
          <button type="button" className="button" onClick={cancel}>
            Cancel
          </button>
        )}
      </div>
      {law.isFetching && (
        <p role="status" className="mt-2 animate-pulse text-muted">
          Reading the curves and fitting: some seconds. You may go on typing, or leave.
        </p>
      )}
      {law.error && !law.isFetching && <ErrorNote>{law.error.message}</ErrorNote>}
      {asked === null && (
        <p className="mt-2 text-muted">
          The <Term name="schedule law">schedule law</Term> predicts the loss of WSD by length and shape of its decay,
          of cosine and of a Power schedule. It needs three schedules or more of one model, batch and recipe, with
          curves: a sweep with several token counts has several, each with a decay of its own on one trunk.
        </p>
      )}
      {asked !== null && law.data && !law.isFetching && <Found answer={law.data} {...{ advice, onAmplitude }} />}
    </Panel>
  );
}

function Found({
  answer,
  advice,
  onAmplitude,
}: {
  answer: Answer;
  advice: Recommendation | null;
  onAmplitude: OnAmplitude;
}) {
  const { fit, domain, reason, curves } = answer;
  return (
    <div className="mt-3 space-y-3">
      {reason !== null && <p>{reason}</p>}
      {fit && domain && (
        <p className="text-xs text-muted">
          Law of {format.counted(domain.curves, "curve")} of {answer.metric} (
          {answer.groups.find((g) => g.key === answer.group)?.name}), {format.counted(domain.points, "point")}, which it
          meets to {format.significant(fit.fit.rmse, 2)} (root mean square).
          {fit.atBounds.length > 0 && ` The curves do not determine ${fit.atBounds.join(", ")}.`}
        </p>
      )}
      <LeftOut leftOut={answer.leftOut} />
      {curves.length > 0 && (
        <details className="text-xs">
          <summary className="cursor-pointer">The curves</summary>
          <ul className="mt-1 space-y-0.5">
            {curves.map((c) => (
              <li key={c.runId} className="num wrap-anywhere">
                {c.name}: {c.schedule}, peak {format.learningRate(c.peakLr)}, {format.tokenCount(c.tokens)} tokens,{" "}
                {format.counted(c.points, "point")}
                {c.rmse !== null && `, error ${format.significant(c.rmse, 2)}`}
              </li>
            ))}
          </ul>
        </details>
      )}
      {fit && domain && <ScheduleComparison {...{ answer, fit, domain, advice, onAmplitude }} />}
    </div>
  );
}

function LeftOut({ leftOut }: { leftOut: Answer["leftOut"] }) {
  const { unreadable, diverged, withoutCurve, furtherCurves } = leftOut;
  const parts = [
    unreadable > 0 && `${unreadable} whose config does not say the schedule`,
    diverged > 0 && `${diverged} that diverged`,
    withoutCurve > 0 && `${withoutCurve} without a whole curve of it`,
    furtherCurves > 0 && `${furtherCurves} more of this model, with peaks farther away`,
  ].filter(Boolean);
  return parts.length === 0 ? null : <p className="text-xs text-muted">Runs left out: {parts.join(", ")}.</p>;
}
