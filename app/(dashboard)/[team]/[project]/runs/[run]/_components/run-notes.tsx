"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { TextArea, TextField } from "@/app/_components/fields";
import { ErrorNote, Panel } from "@/app/_components/page";
import { useLeaveQuestion } from "@/app/_components/use-leave-question";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";

type Run = Outputs["run"]["get"];

/** Name, tags and notes of a run: shown, and changed in place. */
export function RunNotes({ team, run, onSaved }: { team: string; run: Run; onSaved: () => void }) {
  const [edit, setEdit] = useState<{ name: string; tags: string; notes: string } | null>(null);
  const save = useMutation(
    useTRPC().run.update.mutationOptions({
      onSuccess: () => {
        setEdit(null);
        onSaved();
      },
    }),
  );
  useLeaveQuestion(edit ? "What you wrote about the run has not been saved." : null, true);
  if (!edit) {
    return (
      <Panel
        title="Notes and tags"
        actions={
          <button
            type="button"
            className="link text-xs"
            onClick={() => setEdit({ name: run.name, tags: run.tags.join(", "), notes: run.notes })}
          >
            edit
          </button>
        }
      >
        {run.notes ? <p className="whitespace-pre-wrap">{run.notes}</p> : <p className="text-muted">No notes.</p>}
        {run.tags.length > 0 && (
          <ul className="mt-2 flex flex-wrap gap-1.5 text-xs" aria-label="Tags">
            {run.tags.map((t) => (
              <li key={t} className="rounded bg-sunken px-2 py-0.5">
                {t}
              </li>
            ))}
          </ul>
        )}
      </Panel>
    );
  }
  const tags = [
    ...new Set(
      edit.tags
        .split(",")
        .map((t) => t.trim())
        .filter(Boolean),
    ),
  ];
  return (
    <Panel title="Notes and tags">
      <form
        className="space-y-3"
        onSubmit={(e) => {
          e.preventDefault();
          save.mutate({ team, id: run.id, set: { name: edit.name.trim(), tags, notes: edit.notes } });
        }}
      >
        <TextField
          name="Name"
          value={edit.name}
          maxLength={200}
          required
          onChange={(name) => setEdit({ ...edit, name })}
        />
        <TextField
          name="Tags, with commas between them"
          value={edit.tags}
          onChange={(typed) => setEdit({ ...edit, tags: typed })}
        />
        <TextArea
          name="Notes"
          rows={5}
          maxLength={20_000}
          value={edit.notes}
          onChange={(notes) => setEdit({ ...edit, notes })}
        />
        {save.error && <ErrorNote>{save.error.message}</ErrorNote>}
        <div className="flex gap-2">
          <button type="submit" className="button button-primary" disabled={edit.name.trim() === "" || save.isPending}>
            {save.isPending ? "Saving…" : "Save"}
          </button>
          <button type="button" className="button" onClick={() => setEdit(null)}>
            Cancel
          </button>
        </div>
      </form>
    </Panel>
  );
}
