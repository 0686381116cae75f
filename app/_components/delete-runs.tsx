"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import { useTRPC } from "../_trpc/client";
import { useLive } from "./live";
import { ErrorNote } from "./page";

/** Deletes runs (the whole project without `runIds`) after their number, points and fits have been shown and the words of the preview were typed. */
export function DeleteRuns({
  team,
  project,
  runIds,
  label,
  onStarted,
}: {
  team: string;
  project: string;
  runIds?: string[];
  label: string;
  onStarted?: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const inputId = useId();
  const trpc = useTRPC();
  const what = { project, runIds };
  const preview = useQuery({ ...trpc.deletion.preview.queryOptions({ team, what }), enabled: open });
  const close = () => {
    dialog.current?.close();
    setTyped("");
    setOpen(false);
  };
  const client = useQueryClient();
  const start = useMutation(
    trpc.deletion.start.mutationOptions({
      onSuccess: () => {
        void client.invalidateQueries({ queryKey: trpc.deletion.list.queryKey({ team }) });
        close();
        onStarted?.();
      },
    }),
  );
  const { confirm, runs, points, fits } = preview.data ?? {};
  return (
    <>
      <button
        type="button"
        className="button button-danger"
        disabled={runIds?.length === 0}
        onClick={() => {
          setOpen(true);
          dialog.current?.showModal();
        }}
      >
        {label}
      </button>
      <dialog
        ref={dialog}
        aria-label={label}
        onClose={close}
        className="m-auto w-[min(92vw,460px)] rounded-lg border border-line bg-surface p-5 text-text backdrop:bg-black/40"
      >
        <h2>Delete for good?</h2>
        {preview.error && <ErrorNote>{preview.error.message}</ErrorNote>}
        {start.error && <ErrorNote>{start.error.message}</ErrorNote>}
        <p className="mt-2 text-muted" aria-live="polite">
          {confirm === undefined
            ? "Counting what would be lost…"
            : `${runs} ${runs === 1 ? "run" : "runs"} with ${points?.toLocaleString("en")} points and their logs. This cannot be undone.${
                fits
                  ? runIds
                    ? ` ${fits} saved ${fits === 1 ? "fit rests" : "fits rest"} on them and could not be computed again.`
                    : ` ${fits} saved ${fits === 1 ? "fit goes" : "fits go"} with them.`
                  : ""
              }${runIds ? "" : " Sweeps, fits, recommendations and reports of the project go too."}`}
        </p>
        <form
          className="mt-3"
          onSubmit={(e) => {
            e.preventDefault();
            start.mutate({ team, what: { ...what, confirm: typed } });
          }}
        >
          <label htmlFor={inputId} className="text-xs text-muted">
            To confirm, type <b className="font-mono text-text">{confirm ?? "…"}</b>
          </label>
          <input
            id={inputId}
            className="field mt-1 w-full"
            value={typed}
            autoComplete="off"
            onChange={(e) => setTyped(e.target.value)}
          />
          <div className="mt-4 flex justify-end gap-2">
            <button type="button" className="button" onClick={close}>
              Keep
            </button>
            <button
              type="submit"
              className="button button-danger"
              disabled={confirm === undefined || typed !== confirm || start.isPending}
            >
              Delete
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
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
