"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { ErrorNote, Panel } from "@/app/_components/page";
import { Time } from "@/app/_components/time";
import { useTRPC } from "@/app/_trpc/client";
import type { Recommendation } from "./recommendation";

interface Props {
  team: string;
  r: Recommendation;
  after: { onSuccess: () => void };
}

export function Comments({ team, r, after }: Props) {
  const trpc = useTRPC();
  const [body, setBody] = useState("");
  const add = useMutation(
    trpc.recommendation.comment.mutationOptions({
      onSuccess: () => {
        setBody("");
        after.onSuccess();
      },
    }),
  );
  return (
    <Panel title="Comments" note={r.comments.length > 0 ? String(r.comments.length) : undefined}>
      <ul className="space-y-3">
        {r.comments.map((c) => (
          <li key={c.id}>
            <p className="text-xs text-muted">
              {c.author ?? "somebody who left"} · <Time at={c.createdAt} />
            </p>
            <p className="whitespace-pre-wrap">{c.body}</p>
          </li>
        ))}
      </ul>
      <form
        className="mt-3 space-y-2"
        onSubmit={(e) => {
          e.preventDefault();
          add.mutate({ team, comment: { id: r.id, body } });
        }}
      >
        <textarea
          className="field w-full"
          rows={2}
          aria-label="Comment"
          placeholder="Comment"
          value={body}
          maxLength={5_000}
          onChange={(e) => setBody(e.target.value)}
        />
        {add.error && <ErrorNote>{add.error.message}</ErrorNote>}
        <button type="submit" className="button" disabled={body.trim() === "" || add.isPending}>
          Add comment
        </button>
      </form>
    </Panel>
  );
}
