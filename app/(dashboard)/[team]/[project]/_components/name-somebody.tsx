"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { TextField } from "@/app/_components/fields";
import { useTRPC } from "@/app/_trpc/client";

const SHOWN = 6;

interface Props {
  team: string;
  isNamed: (userId: string) => boolean;
  onAdd: (userId: string) => void;
}

/** Finds members of the team by name or address, to name them in the project. */
export function NameSomebody({ team, isNamed, onAdd }: Props) {
  const [text, setText] = useState("");
  const { data } = useQuery({
    ...useTRPC().member.find.queryOptions({ team, page: { text } }),
    placeholderData: keepPreviousData,
  });
  // Owners see it anyhow.
  const others = (data?.members ?? []).filter((m) => m.role !== "owner" && !isNamed(m.userId));
  const more = others.length - SHOWN;
  return (
    <div className="mt-3">
      <TextField name="Name a member" type="search" placeholder="name or e-mail" value={text} onChange={setText} />
      <ul className="mt-2 space-y-1" aria-label="Members to name">
        {others.slice(0, SHOWN).map((m) => (
          <li key={m.userId} className="flex items-center justify-between gap-2">
            <span className="min-w-0 truncate" title={m.email ?? undefined}>
              {m.name} <span className="text-xs text-muted">{m.role}</span>
            </span>
            <button
              type="button"
              className="button h-7! text-xs"
              aria-label={`Name ${m.name} in this project`}
              onClick={() => onAdd(m.userId)}
            >
              Add
            </button>
          </li>
        ))}
      </ul>
      {data && others.length === 0 && (
        <p className="mt-1 text-xs text-muted">
          {text ? "Nobody else is called that." : "Nobody else is in the team; its owners see the project anyhow."}
        </p>
      )}
      {more > 0 && <p className="mt-1 text-xs text-muted">and more: type a name</p>}
    </div>
  );
}
