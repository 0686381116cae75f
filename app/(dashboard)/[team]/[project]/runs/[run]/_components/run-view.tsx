"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { Confirm } from "@/app/_components/confirm";
import { DeleteRuns } from "@/app/_components/delete-runs";
import { useLive } from "@/app/_components/live";
import { ErrorNote, Fact, PageHeader, Panel } from "@/app/_components/page";
import { pointsHref } from "@/app/_components/runs/points-href";
import { runState, State } from "@/app/_components/state";
import { Term } from "@/app/_components/term";
import { Time } from "@/app/_components/time";
import { Watch } from "@/app/_components/watch";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import * as format from "@/lib/format";
import { leaves } from "@/lib/json";
import { definitionOf, recipeDimensions } from "@/lib/run";
import { LogTail } from "./log-tail";
import { RunCurves } from "./run-curves";
import { RunNotes } from "./run-notes";

type Run = Outputs["run"]["get"];

/** A run that has gone quiet announces nothing: it is looked at again. */
const QUIET_MS = 60_000;

export function RunView({ team, project, initial }: { team: string; project: string; initial: Run }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.run.get.queryOptions({ team, id: initial.id });
  const run = useQuery({ ...options, initialData: initial, refetchInterval: QUIET_MS }).data;
  const refresh = () => void client.invalidateQueries({ queryKey: options.queryKey });
  useLive((events) => {
    if (
      events.length === 0 ||
      events.some(
        (e) => (e.kind === "run" && e.id === run.id) || e.kind === "job" || (e.kind === "metrics" && e.id === run.id),
      )
    )
      refresh();
  }, 1_500);
  const base = `/${team}/${project}`;
  return (
    <>
      <PageHeader
        title={
          <span className="flex flex-wrap items-baseline gap-3">
            {run.name}
            <span className="text-sm font-normal">
              <State state={runState(run)} />
            </span>
          </span>
        }
        actions={
          <>
            <Watch team={team} kind="run" id={run.id} />
            <RunActions team={team} project={project} run={run} onStopped={refresh} />
          </>
        }
      >
        {run.sweepId && (
          <>
            of{" "}
            <Link className="link" href={`${base}/sweeps/${run.sweepId}`}>
              {run.sweep}
            </Link>
          </>
        )}
        {run.worker && ` on worker ${run.worker}`}
        {isOpen(run) &&
          run.lastTokens !== null &&
          run.tokens &&
          ` · ${format.tokenCount(run.lastTokens)} of ${format.tokenCount(run.tokens)} tokens (${Math.round((100 * run.lastTokens) / run.tokens)}%)`}
      </PageHeader>
      {run.error && (
        <pre
          role="alert"
          className="panel mb-4 overflow-x-auto border-failed p-3 font-mono text-xs whitespace-pre-wrap text-failed"
        >
          {run.error}
        </pre>
      )}
      {run.diverged && (
        <p className="panel mb-4 border-diverged px-4 py-2.5 text-diverged">
          This run diverged: its loss became non-finite. That is a result; curves show it on the top rail.
        </p>
      )}
      <RunFacts run={run} />
      <RunCurves team={team} project={project} run={run} />
      <div className="mt-4 grid gap-4 lg:grid-cols-2">
        <Panel title={<Term name="config">Config</Term>} note="as asked for, never rounded">
          <ConfigTable value={run.config} />
        </Panel>
        <div className="min-w-0 space-y-4">
          <RunNotes team={team} run={run} onSaved={refresh} />
          <Lineage run={run} base={base} />
          <LogTail team={team} runId={run.id} />
          {run.provenance && (
            <Panel title="Provenance">
              <ConfigTable value={withoutTable(run.provenance)} />
            </Panel>
          )}
        </div>
      </div>
    </>
  );
}

const isOpen = (run: Run) => run.state === "queued" || run.state === "running";

interface ActionProps {
  team: string;
  project: string;
  run: Run;
  onStopped: () => void;
}

/** Its points as a file; an open run can be stopped, another deleted. */
function RunActions({ team, project, run, onStopped }: ActionProps) {
  const router = useRouter();
  const stop = useMutation(useTRPC().run.stop.mutationOptions({ onSuccess: onStopped }));
  return (
    <div className="flex flex-wrap gap-2">
      <a className="button" href={pointsHref(team, { project, runIds: [run.id] }, "csv")} download>
        CSV
      </a>
      <a className="button" href={pointsHref(team, { project, runIds: [run.id] }, "parquet")} download>
        Parquet
      </a>
      {isOpen(run) ? (
        <Confirm
          label="Stop run"
          title="Stop this run?"
          action="Stop the run"
          onConfirm={() => stop.mutate({ team, id: run.id })}
        >
          It will be canceled without a result. Points recorded so far stay
          {run.branches.length > 1 ? "; the other runs of its trunk go on" : ""}.
        </Confirm>
      ) : (
        <DeleteRuns
          team={team}
          project={project}
          runIds={[run.id]}
          label="Delete run"
          onStarted={() => router.push(`/${team}/${project}/runs`)}
        />
      )}
      {stop.error && <ErrorNote>{stop.error.message}</ErrorNote>}
    </div>
  );
}

function RunFacts({ run }: { run: Run }) {
  return (
    <Panel className="mb-4">
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-4 lg:grid-cols-8">
        <Fact name={<Term name="final loss">Final loss</Term>} title={String(run.finalLoss)}>
          {format.loss(run.finalLoss)}
        </Fact>
        <Fact name="Train loss, newest">{format.loss(run.lastLoss)}</Fact>
        <Fact name={<Term name="peak LR">Peak LR</Term>} title={String(run.peakLr)}>
          {format.learningRate(run.peakLr)}
        </Fact>
        <Fact name={<Term name="batch">Batch</Term>}>{format.batch(run.batchSeqs, run.seqLen)}</Fact>
        <Fact name={<Term name="tokens T">Tokens</Term>} title={String(run.tokens)}>
          {format.tokenCount(run.tokens)}
        </Fact>
        <Fact
          name={<Term name="params N">Params (non-emb.)</Term>}
          title={`total ${run.paramsTotal}, active ${run.paramsActive}`}
        >
          {format.paramCount(run.paramsNonEmbedding)}
        </Fact>
        <Fact name={<Term name="schedule">Schedule</Term>} title={run.schedule ?? undefined}>
          {[run.schedule, run.scheduleShape].filter(Boolean).join(" ") || "-"}
        </Fact>
        <Fact name="Duration">{format.duration(run.wallSeconds)}</Fact>
        {recipeDimensions.map(
          (d) =>
            run[d] !== null && (
              <Fact key={d} name={definitionOf(d).label}>
                {String(run[d])}
              </Fact>
            ),
        )}
      </dl>
    </Panel>
  );
}

function Lineage({ run, base }: { run: Run; base: string }) {
  const tokensName = format.apart(
    run.branches.flatMap((b) => b.tokens ?? []),
    format.tokenCount,
  );
  return (
    <Panel title="Lineage">
      <dl className="grid grid-cols-2 gap-3">
        <Fact name="Queued">
          <Time at={run.createdAt} />
        </Fact>
        <Fact name="Started">
          <Time at={run.startedAt} />
        </Fact>
        <Fact name="Ended">
          <Time at={run.finishedAt} />
        </Fact>
        <Fact name={<Term name="lease">Leases / failed attempts</Term>}>
          {run.leases === null ? "-" : `${run.leases} / ${run.attempts}`}
        </Fact>
      </dl>
      {run.branches.length > 1 && (
        <p className="mt-3 text-xs text-muted">
          Shares its <Term name="trunk">trunk</Term> with{" "}
          {run.branches
            .filter((b) => b.id !== run.id)
            .map((b, i) => (
              <span key={b.id}>
                {i > 0 && ", "}
                <Link className="link" href={`${base}/runs/${b.id}`}>
                  {b.tokens === null ? "-" : tokensName(b.tokens)}
                </Link>
              </span>
            ))}
          .
        </p>
      )}
    </Panel>
  );
}

/** The parameter table has a panel's worth of rows of its own; it stays in the stored provenance. */
function withoutTable(provenance: Record<string, unknown>): Record<string, unknown> {
  const { resolvedConfig: _config, trainer, ...rest } = provenance;
  if (typeof trainer !== "object" || trainer === null) return rest;
  const { parameter_table: _table, ...facts } = trainer as Record<string, unknown>;
  return { ...rest, trainer: facts };
}

function ConfigTable({ value }: { value: Record<string, unknown> }) {
  return (
    <dl className="grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)] gap-x-4 gap-y-0.5 font-mono text-[12.5px]">
      {leaves(value).map(([key, v]) => (
        <div key={key} className="contents">
          <dt className="truncate text-muted" title={key}>
            {key}
          </dt>
          <dd className="break-all">{v}</dd>
        </div>
      ))}
    </dl>
  );
}
