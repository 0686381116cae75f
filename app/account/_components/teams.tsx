"use client";

import { useMutation } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { TextField } from "@/app/_components/fields";
import { ErrorNote, Panel } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";

export function Teams({ teams }: { teams: Outputs["account"]["get"]["teams"] }) {
  const [name, setName] = useState("");
  const router = useRouter();
  const create = useMutation(
    useTRPC().team.create.mutationOptions({ onSuccess: ({ slug }) => router.push(`/${slug}`) }),
  );
  return (
    <Panel title="Teams" note={teams.length === 1 ? "one" : `${teams.length}`}>
      {teams.length === 0 ? (
        <p className="text-muted">You belong to no team. Ask an owner for an invitation, or make a team of your own.</p>
      ) : (
        <ul className="divide-y divide-line">
          {teams.map((t) => (
            <li key={t.id} className="flex flex-wrap items-baseline justify-between gap-x-4 py-1.5">
              <Link className="link" href={`/${t.slug}`}>
                {t.name}
              </Link>
              <span className="text-xs text-muted">
                {t.role} ·{" "}
                <Link className="link" href={`/${t.slug}/settings/people`}>
                  people
                </Link>
              </span>
            </li>
          ))}
        </ul>
      )}
      <form
        className="mt-4 flex flex-wrap items-end gap-3"
        onSubmit={(e) => {
          e.preventDefault();
          create.mutate({ what: { name } });
        }}
      >
        <TextField
          name="Name of a new team"
          className="min-w-52 flex-1 sm:max-w-md"
          value={name}
          required
          maxLength={100}
          onChange={setName}
        />
        <button type="submit" className="button" disabled={create.isPending || name.trim() === ""}>
          Make a team
        </button>
      </form>
      {create.error && <ErrorNote>{create.error.message}</ErrorNote>}
    </Panel>
  );
}
