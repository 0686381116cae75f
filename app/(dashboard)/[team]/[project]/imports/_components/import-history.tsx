"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ConfirmByTyping } from "@/app/_components/confirm-by-typing";
import { ErrorNote, Panel, Scroll } from "@/app/_components/page";
import { Time } from "@/app/_components/time";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import * as format from "@/lib/format";

type Import = Outputs["import"]["list"][number];

/** The project's imports, newest first, each of which can be undone. */
export function ImportHistory({ team, project, initial }: { team: string; project: string; initial: Import[] }) {
  const trpc = useTRPC();
  const imports = useQuery({ ...trpc.import.list.queryOptions({ team, project }), initialData: initial });
  return (
    <Panel title="Earlier imports" note={imports.data?.length ? "newest first" : undefined}>
      {imports.error && <ErrorNote>{imports.error.message}</ErrorNote>}
      {imports.data?.length === 0 && (
        <p className="text-muted">
          No table was imported yet. Each import will stand here with what came of it, and can be undone.
        </p>
      )}
      {imports.data && imports.data.length > 0 && (
        <Scroll label="Imports" className="max-h-96 overflow-auto">
          <table className="table [&_td]:px-1.5! [&_th]:px-1.5!">
            <thead>
              <tr>
                <th scope="col">File</th>
                <th scope="col">When</th>
                <th scope="col">Who</th>
                <th scope="col" className="right">
                  New
                </th>
                <th scope="col" className="right">
                  Updated
                </th>
                <th scope="col" className="right">
                  Unchanged
                </th>
                <th scope="col" className="right" title="Rows that could not be read and were left out by choice">
                  Left out
                </th>
                <th scope="col">
                  <span className="sr-only">Undo</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {imports.data.map((i) => (
                <Row key={i.id} team={team} entry={i} />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Panel>
  );
}

function Row({ team, entry }: { team: string; entry: Import }) {
  const { file, at, by, created, updated, unchanged, skipped, undoneAt, undoneBy } = entry;
  return (
    <tr className={undoneAt ? "text-muted" : ""}>
      <td className="max-w-72 truncate" title={file}>
        {file}
      </td>
      <td>
        <Time at={at} />
      </td>
      <td>{by ?? "command line"}</td>
      <td className="right">{created}</td>
      <td className="right">{updated}</td>
      <td className="right">{unchanged}</td>
      <td className="right">{skipped}</td>
      <td className="right">
        {undoneAt ? (
          <span>
            undone <Time at={undoneAt} />
            {undoneBy && ` by ${undoneBy}`}
          </span>
        ) : (
          <Undo team={team} entry={entry} />
        )}
      </td>
    </tr>
  );
}

/** Asks for the file's name after saying what would be lost and restored. */
function Undo({ team, entry }: { team: string; entry: Import }) {
  const [open, setOpen] = useState(false);
  const trpc = useTRPC();
  const client = useQueryClient();
  const preview = useQuery({ ...trpc.import.undoPreview.queryOptions({ team, id: entry.id }), enabled: open });
  const undo = useMutation(trpc.import.undo.mutationOptions({ onSuccess: () => void client.invalidateQueries() }));
  const blocked = preview.data?.blocked ?? null;
  return (
    <ConfirmByTyping
      button="undo…"
      buttonClass="link"
      name={`Undo the import of ${entry.file}`}
      title="Undo this import?"
      words={preview.data ? (blocked === null ? entry.file : null) : undefined}
      action="Undo the import"
      error={preview.error?.message ?? undo.error?.message ?? null}
      pending={undo.isPending}
      onOpen={(now) => {
        setOpen(now);
        if (!now) undo.reset();
      }}
      onConfirm={(confirm) => undo.mutateAsync({ team, undo: { id: entry.id, confirm } })}
    >
      {preview.data ? (blocked ? `Not now: ${blocked}.` : consequences(preview.data)) : "Counting what would go…"}
    </ConfirmByTyping>
  );
}

function consequences({ runs, restored, fits }: Outputs["import"]["undoPreview"]): string {
  return [
    `${format.counted(runs, "run")} that it made ${runs === 1 ? "is" : "are"} deleted for good;`,
    `${format.counted(restored, "run")} that it changed ${restored === 1 ? "gets" : "get"} back what ${restored === 1 ? "it was" : "they were"}.`,
    fits > 0
      ? `${format.counted(fits, "saved fit rests", "saved fits rest")} on them and could not be computed again.`
      : "",
  ]
    .filter(Boolean)
    .join(" ");
}
