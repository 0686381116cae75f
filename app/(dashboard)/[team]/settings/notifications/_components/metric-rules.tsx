"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Confirm } from "@/app/_components/confirm";
import { Choice, NumberField, TextField } from "@/app/_components/fields";
import { ErrorNote, Panel } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";

const COMPARISONS = [
  ["above", "goes above"],
  ["below", "goes below"],
] as const;

type Rule = Outputs["rule"]["list"][number];

interface Props {
  team: string;
  projects: Outputs["project"]["names"];
  /** Of the first project. */
  initial: Rule[];
  mayEdit: boolean;
}

/** Bounds of metrics, project by project. */
export function MetricRules({ team, projects, initial, mayEdit }: Props) {
  const [project, setProject] = useState(projects[0]?.slug ?? "");
  if (projects.length === 0)
    return <Panel title="Bounds of metrics">The team has no project yet; bounds are set for the runs of one.</Panel>;
  return (
    <Panel title="Bounds of metrics" note="told once a run, within seconds of the point">
      <Choice
        name="Project"
        className="max-w-60"
        value={project}
        options={projects.map((p) => [p.slug, p.name] as const)}
        onChange={setProject}
      />
      <RulesOf
        key={project}
        team={team}
        project={project}
        initial={project === projects[0]?.slug ? initial : undefined}
        mayEdit={mayEdit}
      />
    </Panel>
  );
}

function RulesOf(props: { team: string; project: string; initial: Rule[] | undefined; mayEdit: boolean }) {
  const { team, project, initial, mayEdit } = props;
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.rule.list.queryOptions({ team, project });
  const list = useQuery({ ...options, initialData: initial });
  const onSuccess = () => void client.invalidateQueries({ queryKey: options.queryKey });
  const remove = useMutation(trpc.rule.remove.mutationOptions({ onSuccess }));
  const error = list.error ?? remove.error;
  return (
    <>
      {error && <ErrorNote>{error.message}</ErrorNote>}
      {list.data?.length === 0 && (
        <p className="mt-3 text-muted">
          No bounds yet. With one, whoever watches is told when a metric of a run crosses it.
        </p>
      )}
      <ul className="mt-3 divide-y divide-line">
        {list.data?.map((r) => (
          <li key={r.id} className="flex flex-wrap items-center justify-between gap-3 py-1.5">
            <span className="min-w-0 wrap-anywhere">
              <code className="font-mono text-xs">{r.metric}</code> goes {r.comparison}{" "}
              <span className="num">{r.bound}</span>
            </span>
            {mayEdit && (
              <Confirm
                label="Remove"
                title={`Remove the bound of ${r.metric}?`}
                action="Remove"
                onConfirm={() => remove.mutate({ team, id: r.id })}
              >
                Nobody is told any more when {r.metric} goes {r.comparison} {r.bound}.
              </Confirm>
            )}
          </li>
        ))}
      </ul>
      {mayEdit && <MakeRule team={team} project={project} onMade={onSuccess} />}
    </>
  );
}

function MakeRule({ team, project, onMade }: { team: string; project: string; onMade: () => void }) {
  const [metric, setMetric] = useState("");
  const [comparison, setComparison] = useState<"above" | "below">("above");
  const [bound, setBound] = useState(10);
  const create = useMutation(
    useTRPC().rule.create.mutationOptions({
      onSuccess: () => {
        setMetric("");
        onMade();
      },
    }),
  );
  return (
    <form
      className="mt-3 flex flex-wrap items-end gap-3"
      onSubmit={(e) => {
        e.preventDefault();
        create.mutate({ team, rule: { project, metric, comparison, bound } });
      }}
    >
      <TextField
        name="Metric"
        className="min-w-44 flex-1 sm:max-w-xs"
        placeholder="train/loss"
        value={metric}
        required
        spellCheck={false}
        onChange={setMetric}
      />
      <Choice label="Comparison" look="" value={comparison} options={COMPARISONS} onChange={setComparison} />
      <NumberField name="Bound" className="max-w-32" value={bound} onChange={setBound} />
      <button type="submit" className="button" disabled={create.isPending || metric.trim() === ""}>
        Add bound
      </button>
      {create.error && <ErrorNote>{create.error.message}</ErrorNote>}
    </form>
  );
}
