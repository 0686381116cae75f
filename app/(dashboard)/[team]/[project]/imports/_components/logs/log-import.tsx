"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useEffect, useRef, useState } from "react";
import { ErrorNote, Panel } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";
import * as format from "@/lib/format";
import type { Mapping, MappingField } from "@/lib/mapping";
import { MappingFields } from "../mapping-fields";
import { filesOfDrop, filesOfField } from "./chosen";
import { CurvesReady } from "./curves-ready";
import { FoundRuns } from "./found-runs";
import { LeftOut } from "./left-out";
import type { ChosenFile, Stored } from "./messages";
import { type Pattern, Patterns } from "./patterns";
import { useImport } from "./use-import";

/** Logs and folders of other programs: read and shown in this browser before anything is stored. */
export function LogImport({ team, project, initial }: { team: string; project: string; initial: Pattern[] }) {
  const { state, read, map, send, cancel } = useImport();
  const trpc = useTRPC();
  const patterns = useQuery({ ...trpc.import.patterns.queryOptions({ team, project }), initialData: initial });
  const chosen = useRef<ChosenFile[]>([]);
  const [title, setTitle] = useState("");
  const [mapping, setMapping] = useState<Mapping | null>(null);
  const { at, found, mapped, stored, error } = state;
  const open = (files: ChosenFile[]) => {
    if (files.length === 0) return;
    chosen.current = files;
    setTitle(titleOf(files));
    setMapping(null);
    read(files, patterns.data);
  };
  // What was chosen is read once more by what was just described.
  const again = (all: Pattern[]) => {
    if (chosen.current.length > 0 && !stored) read(chosen.current, all);
  };
  // What stays as it was guessed is read run by run: a key that one run has may be missing in another.
  const change = (next: Mapping) => {
    setMapping(next);
    const said = Object.entries(next).filter(([field, text]) => found?.guess[field as MappingField] !== text);
    map(said.length > 0 ? Object.fromEntries(said) : null);
  };
  return (
    <Panel title="Import logs and folders" note="read in this browser; nothing is stored before you have seen it">
      <Choose open={open} busy={at !== null} />
      {at && (
        <div className="mt-3 flex flex-wrap items-center gap-3" role="status">
          <progress className="min-w-40 flex-1" value={at.group} max={at.of} aria-label={`${at.doing} files`} />
          <span className="min-w-0 truncate text-muted">
            {at.doing === "reading" ? "Reading" : "Importing"} {at.path}
          </span>
          <button type="button" className="button" onClick={cancel}>
            Cancel
          </button>
        </div>
      )}
      {error && <ErrorNote>{error}. What was stored before stays; importing again goes on from there.</ErrorNote>}
      {found && (
        <div className="mt-4 space-y-4">
          <h3>
            {format.counted(found.runs.length, "run")} found in {title}
          </h3>
          {found.runs.length > 0 && <FoundRuns runs={found.runs} dimensions={mapped?.dimensions ?? null} />}
          <LeftOut found={found} />
          {found.runs.length > 0 && (
            <details>
              <summary className="cursor-pointer">How settings are read as dimensions</summary>
              <div className="mt-3">
                <MappingFields
                  mapping={mapping ?? found.guess}
                  names={found.names}
                  problems={new Map()}
                  onChange={change}
                />
                {mapped?.problems.slice(0, 5).map((text) => (
                  <p key={text} className="mt-1 text-failed">
                    {text}
                  </p>
                ))}
              </div>
            </details>
          )}
          {found.runs.length > 0 && !stored && (
            <button
              type="button"
              className="button button-primary"
              disabled={at !== null}
              onClick={() => send({ team, project, title })}
            >
              Import {format.counted(found.runs.length, "run")}
            </button>
          )}
        </div>
      )}
      <Patterns {...{ team, project, patterns: patterns.data, again }} />
      {stored && <Done {...{ team, project, stored }} />}
      <p className="mt-3 text-xs text-muted">
        The same from a shell, also for files that still grow: <code>npx etalon import PATH --project {project}</code>
      </p>
    </Panel>
  );
}

function Choose({ open, busy }: { open: (files: ChosenFile[]) => void; busy: boolean }) {
  const field = (label: string, folder: boolean) => (
    <label className={`button cursor-pointer ${folder ? "button-primary" : ""}`}>
      {label}
      <input
        type="file"
        multiple
        className="sr-only"
        disabled={busy}
        {...(folder && { webkitdirectory: "" })}
        onChange={(e) => {
          open(filesOfField(e.target.files));
          e.target.value = "";
        }}
      />
    </label>
  );
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the file fields inside are the first
    <div
      className="rounded border border-dashed border-line-strong p-4 text-center"
      onDragOver={(e) => e.preventDefault()}
      onDrop={(e) => {
        e.preventDefault();
        void filesOfDrop(e.dataTransfer.items).then(open);
      }}
    >
      <span className="inline-flex flex-wrap justify-center gap-2">
        {field("Choose a folder", true)}
        {field("Choose files", false)}
      </span>
      <p className="mt-2 text-xs text-muted">
        or drop them here. TensorBoard, W&amp;B, MLflow (and the lists of runs of both as CSV), Hugging Face, Megatron,
        nanoGPT, torchtitan and other logs, CSV and JSON lines with a row a step; told apart by what they hold.
      </p>
    </div>
  );
}

function Done({ team, project, stored }: { team: string; project: string; stored: Stored }) {
  const client = useQueryClient();
  // The list of earlier imports, and what other pages have read, is of before.
  useEffect(() => void client.invalidateQueries(), [client]);
  return (
    <div className="mt-3">
      <p role="status">
        {format.counted(stored.created, "new run")}, {stored.updated} updated, {stored.unchanged} unchanged.{" "}
        <Link className="link" href={`/${team}/${project}/runs`}>
          To the runs
        </Link>{" "}
        ·{" "}
        <Link className="link" href={`/${team}/${project}/fits`}>
          To the lab
        </Link>
      </p>
      <CurvesReady {...{ team, project }} runIds={stored.runIds} />
    </div>
  );
}

/** The folder that all lie in, else the file, or how many there are. */
function titleOf(files: readonly ChosenFile[]): string {
  const [first] = files;
  if (files.length === 1) return first!.path;
  const folder = first!.path.split("/")[0]!;
  return files.every(({ path }) => path.startsWith(`${folder}/`)) ? folder : format.counted(files.length, "file");
}
