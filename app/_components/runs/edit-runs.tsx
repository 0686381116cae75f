"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { CheckField, TextArea, TextField } from "@/app/_components/fields";
import { useTRPC } from "@/app/_trpc/client";
import { ErrorNote } from "../page";
import type { Chosen } from "./points-href";

const tagsOf = (text: string) => [
  ...new Set(
    text
      .split(/[,\n]/)
      .map((t) => t.trim())
      .filter(Boolean),
  ),
];

/** Tags and notes of many runs at once. */
export function EditRuns({ team, which, runs }: { team: string; which: Chosen; runs: number }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [form, setForm] = useState({ add: "", remove: "", notes: "", setNotes: false });
  const trpc = useTRPC();
  const client = useQueryClient();
  const edit = useMutation(
    trpc.run.edit.mutationOptions({
      onSuccess: () => {
        dialog.current?.close();
        setForm({ add: "", remove: "", notes: "", setNotes: false });
        void client.invalidateQueries();
      },
    }),
  );
  const [addTags, removeTags] = [tagsOf(form.add), tagsOf(form.remove)];
  const isEmpty = addTags.length + removeTags.length === 0 && !form.setNotes;
  const text = (name: "add" | "remove", label: string) => (
    <TextField
      name={label}
      value={form[name]}
      placeholder="tag, another tag"
      onChange={(tags) => setForm({ ...form, [name]: tags })}
    />
  );
  return (
    <>
      <button type="button" className="button" onClick={() => dialog.current?.showModal()}>
        Tags and notes
      </button>
      <dialog
        ref={dialog}
        aria-label="Tags and notes"
        className="m-auto w-[min(92vw,440px)] rounded-lg border border-line bg-surface p-5 text-text backdrop:bg-black/40"
      >
        <form
          className="space-y-3"
          onSubmit={(e) => {
            e.preventDefault();
            const notes = form.setNotes ? form.notes : undefined;
            edit.mutate({ team, edit: { which, addTags, removeTags, notes } });
          }}
        >
          <h2>Tags and notes of {runs === 1 ? "1 run" : `${runs.toLocaleString("en")} runs`}</h2>
          {text("add", "Add tags")}
          {text("remove", "Remove tags")}
          <CheckField
            name="Replace their notes"
            value={form.setNotes}
            onChange={(setNotes) => setForm({ ...form, setNotes })}
          />
          {form.setNotes && (
            <TextArea
              label="Notes"
              rows={4}
              maxLength={20_000}
              value={form.notes}
              onChange={(notes) => setForm({ ...form, notes })}
            />
          )}
          {edit.error && <ErrorNote>{edit.error.message}</ErrorNote>}
          <div className="flex justify-end gap-2">
            <button type="button" className="button" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
            <button type="submit" className="button button-primary" disabled={isEmpty || edit.isPending}>
              {edit.isPending ? "Saving…" : "Save"}
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}
