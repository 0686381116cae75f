"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
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
    <label className="block">
      <span className="label">{label}</span>
      <input
        className="field w-full"
        value={form[name]}
        placeholder="tag, another tag"
        onChange={(e) => setForm({ ...form, [name]: e.target.value })}
      />
    </label>
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
          <label className="flex items-center gap-2">
            <input
              type="checkbox"
              checked={form.setNotes}
              onChange={(e) => setForm({ ...form, setNotes: e.target.checked })}
            />
            Replace their notes
          </label>
          {form.setNotes && (
            <textarea
              className="field w-full"
              rows={4}
              aria-label="Notes"
              maxLength={20_000}
              value={form.notes}
              onChange={(e) => setForm({ ...form, notes: e.target.value })}
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
