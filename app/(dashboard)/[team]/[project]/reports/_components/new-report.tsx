"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { ErrorNote } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";

export function NewReport({ team, project }: { team: string; project: string }) {
  const [title, setTitle] = useState("");
  const trpc = useTRPC();
  const router = useRouter();
  const create = useMutation(
    trpc.report.create.mutationOptions({
      onSuccess: ({ id }) => router.push(`/${team}/${project}/reports/${id}?edit=1`),
    }),
  );
  return (
    <form
      className="flex flex-wrap gap-2"
      onSubmit={(e) => {
        e.preventDefault();
        create.mutate({ team, report: { project, title } });
      }}
    >
      {create.error && <ErrorNote>{create.error.message}</ErrorNote>}
      <input
        className="field w-56"
        placeholder="Title"
        aria-label="Title of the report"
        value={title}
        maxLength={200}
        onChange={(e) => setTitle(e.target.value)}
      />
      <button type="submit" className="button button-primary" disabled={title.trim() === "" || create.isPending}>
        New report
      </button>
    </form>
  );
}
