"use client";

import { useState } from "react";
import { Choice, TextField } from "./fields";

const FOR = [
  ["all", "whoever has the address"],
  ["people", "these people, signed in here"],
] as const;
const DAYS = [
  ["0", "until it is taken away"],
  ["7", "for 7 days"],
  ["30", "for 30 days"],
  ["90", "for 90 days"],
] as const;

interface NewLink {
  people: string[] | null;
  days: number | null;
}

/** For whom a new link is, and how long. */
export function NewSharedLink({
  pending,
  onCreate,
}: {
  pending: boolean;
  onCreate: (link: NewLink, done: () => void) => void;
}) {
  const [readers, setReaders] = useState<(typeof FOR)[number][0]>("all");
  const [days, setDays] = useState<(typeof DAYS)[number][0]>("0");
  const [text, setText] = useState("");
  const people = text.split(/[\s,;]+/).filter(Boolean);
  const isReady = readers === "all" || people.length > 0;
  return (
    <form
      className="mt-3 flex flex-wrap items-end gap-2"
      onSubmit={(e) => {
        e.preventDefault();
        if (!isReady) return;
        const link = { people: readers === "all" ? null : people, days: Number(days) || null };
        onCreate(link, () => setText(""));
      }}
    >
      <Choice label="Who may read by the new link" value={readers} options={FOR} onChange={setReaders} />
      {readers === "people" && (
        <TextField
          label="E-mail addresses of the readers"
          className="min-w-52 flex-1"
          placeholder="ada@example.org, emmy@example.org"
          value={text}
          onChange={setText}
        />
      )}
      <Choice label="How long the new link is good" value={days} options={DAYS} onChange={setDays} />
      <button type="submit" className="button" disabled={!isReady || pending}>
        Make a link
      </button>
      {readers === "people" && (
        <p className="w-full text-xs text-muted">
          They sign in here under these addresses, which a mailed link has proven. Who has no account reads nothing:
          send an invitation, or a link for whoever has the address.
        </p>
      )}
    </form>
  );
}
