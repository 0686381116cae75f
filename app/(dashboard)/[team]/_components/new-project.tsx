"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useRef, useState } from "react";
import { TextField } from "@/app/_components/fields";
import { ErrorNote } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";

export function NewProject({ team }: { team: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [name, setName] = useState("");
  const [question, setQuestion] = useState("");
  const router = useRouter();
  const trpc = useTRPC();
  const create = useMutation(
    trpc.project.create.mutationOptions({
      onSuccess: (p) => {
        dialog.current?.close();
        router.push(`/${team}/${p.slug}`);
        router.refresh();
      },
    }),
  );
  return (
    <>
      <button type="button" className="button button-primary" onClick={() => dialog.current?.showModal()}>
        New project
      </button>
      <dialog
        ref={dialog}
        aria-label="New project"
        className="m-auto w-[min(92vw,460px)] rounded-lg border border-line bg-surface p-5 text-text backdrop:bg-black/40"
      >
        <form
          onSubmit={(e) => {
            e.preventDefault();
            create.mutate({ team, project: { name, question } });
          }}
        >
          <h2>New project</h2>
          <TextField name="Name" className="mt-3" value={name} required maxLength={100} onChange={setName} />
          <TextField
            name="What it asks, in one sentence"
            className="mt-3"
            value={question}
            maxLength={500}
            onChange={setQuestion}
          />
          {create.error && (
            <div className="mt-3">
              <ErrorNote>{create.error.message}</ErrorNote>
            </div>
          )}
          <div className="mt-4 flex justify-end gap-2">
            <button type="button" className="button" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
            <button type="submit" className="button button-primary" disabled={create.isPending}>
              Make project
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}
