"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Outputs } from "@/app/_trpc/outputs";
import * as format from "@/lib/format";
import { useTRPC } from "../_trpc/client";
import { ConfirmByTyping } from "./confirm-by-typing";
import { useLive } from "./live";

/**
 * Deletes runs (the whole project without `runIds`) after their number, points and fits have been shown and the words
 * of the preview were typed.
 */
export function DeleteRuns({
  team,
  project,
  runIds,
  choose,
  label,
  onStarted,
}: {
  team: string;
  project: string;
  runIds?: string[];
  /** Makes the selection of the runs, where it is not their ids that name them. */
  choose?: () => Promise<string>;
  label: string;
  onStarted?: () => void;
}) {
  const [open, setOpen] = useState(false);
  const trpc = useTRPC();
  const client = useQueryClient();
  const chosen = useQuery({
    queryKey: ["choice to delete", team, project, open],
    queryFn: () => choose!(),
    enabled: open && choose !== undefined,
    staleTime: 0,
  });
  const what = { project, runIds, ...(choose && { selection: chosen.data }) };
  const preview = useQuery({
    ...trpc.deletion.preview.queryOptions({ team, what }),
    enabled: open && (choose === undefined || chosen.data !== undefined),
  });
  const start = useMutation(
    trpc.deletion.start.mutationOptions({
      onSuccess: () => void client.invalidateQueries({ queryKey: trpc.deletion.list.queryKey({ team }) }),
    }),
  );
  return (
    <ConfirmByTyping
      button={label}
      buttonClass="button button-danger"
      name={label}
      title="Delete for good?"
      words={preview.data?.confirm}
      action="Delete"
      error={chosen.error?.message ?? preview.error?.message ?? start.error?.message ?? null}
      pending={start.isPending}
      disabled={runIds?.length === 0}
      onOpen={(now) => {
        setOpen(now);
        if (!now) start.reset();
      }}
      onConfirm={async (confirm) => {
        await start.mutateAsync({ team, what: { ...what, confirm } });
        onStarted?.();
      }}
    >
      {preview.data
        ? consequences(preview.data, runIds === undefined && choose === undefined)
        : "Counting what would be lost…"}
    </ConfirmByTyping>
  );
}

function consequences({ runs, points, fits }: Outputs["deletion"]["preview"], wholeProject: boolean): string {
  const saved = wholeProject
    ? `${format.counted(fits, "saved fit goes", "saved fits go")} with them.`
    : `${format.counted(fits, "saved fit rests", "saved fits rest")} on them and could not be computed again.`;
  return [
    `${format.counted(runs, "run")} with ${points.toLocaleString("en")} points and their logs. This cannot be undone.`,
    fits > 0 ? saved : "",
    wholeProject ? "Sweeps, fits, recommendations and reports of the project go too." : "",
  ]
    .filter(Boolean)
    .join(" ");
}

/** Deletions under way, and the newest that failed. */
export function DeletionProgress({ team }: { team: string }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.deletion.list.queryOptions({ team });
  const list = useQuery(options).data ?? [];
  useLive((events) => {
    if (events.length === 0 || events.some((e) => e.kind === "deletion"))
      void client.invalidateQueries({ queryKey: options.queryKey });
  });
  const shown = list.filter((d) => d.state !== "finished");
  if (shown.length === 0) return null;
  return (
    <ul className="panel mb-4 space-y-2 px-4 py-2.5 text-xs" aria-label="Deletions">
      {shown.map((d) => (
        <li key={d.id} className="flex flex-wrap items-center gap-3">
          <span>
            Deleting {d.label}: <span className="num">{`${d.done} of ${d.total} runs`}</span>
          </span>
          {d.state === "running" ? (
            <progress max={Math.max(1, d.total)} value={d.done} aria-label={`Deleting ${d.label}`} />
          ) : (
            <span className="text-failed">stopped: {d.error}</span>
          )}
        </li>
      ))}
    </ul>
  );
}
