"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { TextField } from "@/app/_components/fields";
import { ErrorNote, Panel } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";

/** The team's name; its address stays as it is. */
export function TeamName({ team, name, isOwner }: { team: string; name: string; isOwner: boolean }) {
  const [text, setText] = useState(name);
  const router = useRouter();
  const rename = useMutation(useTRPC().team.rename.mutationOptions({ onSuccess: () => router.refresh() }));
  return (
    <Panel title="Name" note={`address: /${team}`}>
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(e) => {
          e.preventDefault();
          rename.mutate({ team, what: { name: text } });
        }}
      >
        <TextField
          name="Name of the team"
          className="min-w-52 flex-1 sm:max-w-md"
          value={text}
          required
          maxLength={100}
          disabled={!isOwner}
          onChange={setText}
        />
        {isOwner && (
          <button
            type="submit"
            className="button"
            disabled={rename.isPending || text.trim() === name || text.trim() === ""}
          >
            Rename
          </button>
        )}
      </form>
      {rename.error && <ErrorNote>{rename.error.message}</ErrorNote>}
    </Panel>
  );
}
