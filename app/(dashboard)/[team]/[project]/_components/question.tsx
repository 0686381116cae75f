"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { ErrorNote } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";

/** What the project asks: shown, and changed in place. */
export function Question({ team, project }: { team: string; project: Outputs["project"]["get"] }) {
  const [text, setText] = useState(project.question);
  const [editing, setEditing] = useState(false);
  const trpc = useTRPC();
  const update = useMutation(trpc.project.update.mutationOptions({ onSuccess: () => setEditing(false) }));
  if (!editing) {
    return (
      <button
        type="button"
        className="text-left hover:text-text"
        title="Edit the question"
        onClick={() => setEditing(true)}
      >
        {text || "Write down what this project asks."} <span className="text-xs underline">edit</span>
      </button>
    );
  }
  return (
    <form
      className="flex flex-wrap gap-2"
      onSubmit={(e) => {
        e.preventDefault();
        update.mutate({ team, project: { slug: project.slug, question: text } });
      }}
    >
      <input
        aria-label="What the project asks"
        className="field w-[min(80vw,640px)]"
        value={text}
        maxLength={500}
        onChange={(e) => setText(e.target.value)}
      />
      <button type="submit" className="button" disabled={update.isPending}>
        Save
      </button>
      {update.error && <ErrorNote>{update.error.message}</ErrorNote>}
    </form>
  );
}
