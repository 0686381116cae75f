"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useDeferredValue, useMemo, useState } from "react";
import { ErrorNote, Panel, Scroll } from "@/app/_components/page";
import { SendRuns } from "@/app/_components/send-runs";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import * as format from "@/lib/format";
import { compileExpression, type Mapping } from "@/lib/mapping";
import { MappingFields } from "./mapping-fields";

/** From the configs of runs of other programs to dimensions, with a live preview over the project's runs. */
export function ConfigMapping({
  team,
  project,
  initial,
}: {
  team: string;
  project: string;
  initial: Outputs["mapping"]["get"];
}) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const [mapping, setMapping] = useState<Mapping>(initial.isSaved ? initial.mapping : initial.guess);
  const complete = useMemo(() => Object.entries(mapping).every(([, text]) => isReadable(text)), [mapping]);
  const change = useDeferredValue({ project, mapping });
  const preview = useQuery({
    ...trpc.mapping.preview.queryOptions({ team, change }),
    enabled: initial.names.length > 0 && complete,
    placeholderData: (old) => old,
  });
  const save = useMutation(trpc.mapping.save.mutationOptions({ onSuccess: () => void client.invalidateQueries() }));
  const problems = useMemo(() => {
    const found = new Map<string, string>();
    for (const { dimension, runs } of preview.data?.problems ?? []) {
      const example = preview.data?.shown.flatMap((r) => r.problems).find((p) => p.dimension === dimension);
      found.set(dimension, `${format.counted(runs, "run")}: ${example?.message ?? "cannot be read"}`);
    }
    return found;
  }, [preview.data]);
  if (initial.names.length === 0) {
    return (
      <>
        <Panel title="Dimensions of runs from other programs">
          <p className="text-muted">
            Runs that come in over the HTTP API with a config can be read by expressions here. There are none in this
            project yet.
          </p>
        </Panel>
        <SendRuns team={team} project={project} />
      </>
    );
  }
  return (
    <Panel
      title="Dimensions of runs from other programs"
      note={initial.isSaved ? "saved; new runs follow it on arrival" : "a first guess, not saved yet"}
    >
      <MappingFields mapping={mapping} names={initial.names} problems={problems} onChange={setMapping} />
      {preview.error && <ErrorNote>{preview.error.message}</ErrorNote>}
      {preview.data && <Preview data={preview.data} />}
      {save.error && <ErrorNote>{save.error.message}</ErrorNote>}
      <div className="mt-3 flex flex-wrap items-center gap-3">
        <button
          type="button"
          className="button button-primary"
          disabled={save.isPending || !complete}
          onClick={() => save.mutate({ team, change: { project, mapping } })}
        >
          {save.isPending ? "Saving…" : "Save and apply"}
        </button>
        {save.data && <span role="status">Applied to {format.counted(save.data.runs, "run")}.</span>}
      </div>
    </Panel>
  );
}

function Preview({ data }: { data: Outputs["mapping"]["preview"] }) {
  const columns = [...new Set(data.shown.flatMap((r) => Object.keys(r.values)))];
  return (
    <div className="mt-4">
      <p className={data.withProblems > 0 ? "text-diverged" : "text-muted"}>
        {format.counted(data.runs, "run")}, {data.withProblems} with a dimension that cannot be read.
      </p>
      <Scroll label="Preview of the mapping" className="mt-2 max-h-72 overflow-auto">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Run</th>
              {columns.map((c) => (
                <th key={c} scope="col" className="right">
                  {c}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.shown.map((r) => (
              <tr key={r.id}>
                <td>{r.name}</td>
                {columns.map((c) => {
                  const problem = r.problems.find((p) => p.dimension === c);
                  const value = r.values[c as keyof typeof r.values];
                  return (
                    <td
                      key={c}
                      className={`right ${problem ? "text-failed" : ""}`}
                      title={problem?.message ?? String(value ?? "unknown")}
                    >
                      {problem ? "✕" : typeof value === "number" ? shown(value) : (value ?? "-")}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </div>
  );
}

/** Whole numbers as they are: a token count that is off by one is another curve. */
function shown(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : format.significant(value, 6);
}

/** Half-typed expressions are not sent. */
function isReadable(text: string): boolean {
  try {
    compileExpression(text);
    return true;
  } catch {
    return /^[^()`"?]*$/.test(text);
  }
}
