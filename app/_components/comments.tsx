"use client";

import { useState } from "react";
import { ErrorNote, Panel } from "./page";
import { Time } from "./time";

interface Props {
  comments: readonly { id: string; body: string; author: string | null; createdAt: Date }[];
  pending: boolean;
  error?: string;
  onAdd: (body: string, done: () => void) => void;
}

/** What was said, the first first, and a field to say more. */
export function Comments({ comments, pending, error, onAdd }: Props) {
  const [body, setBody] = useState("");
  return (
    <Panel title="Comments" note={comments.length > 0 ? String(comments.length) : undefined}>
      <ul className="space-y-3">
        {comments.map((c) => (
          <li key={c.id}>
            <p className="text-xs text-muted">
              {c.author ?? "somebody who left"} · <Time at={c.createdAt} />
            </p>
            <p className="break-words whitespace-pre-wrap">{c.body}</p>
          </li>
        ))}
      </ul>
      <form
        className="mt-3 space-y-2"
        onSubmit={(e) => {
          e.preventDefault();
          onAdd(body, () => setBody(""));
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
        {error && <ErrorNote>{error}</ErrorNote>}
        <button type="submit" className="button" disabled={body.trim() === "" || pending}>
          Add comment
        </button>
      </form>
    </Panel>
  );
}
