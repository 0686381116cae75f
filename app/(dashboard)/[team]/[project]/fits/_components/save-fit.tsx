"use client";

import { useMutation } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { ErrorNote, Panel } from "@/app/_components/page";
import { Time } from "@/app/_components/time";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import type { FitSettings } from "@/lib/fit";
import * as format from "@/lib/format";

/** Stores what the page shows as an immutable, named fit and opens it. */
export function SaveFit({ team, project, settings }: { team: string; project: string; settings: FitSettings }) {
  const [name, setName] = useState("");
  const trpc = useTRPC();
  const router = useRouter();
  const save = useMutation(
    trpc.fit.save.mutationOptions({ onSuccess: ({ id }) => router.push(`/${team}/${project}/fits/${id}`) }),
  );
  return (
    <form
      className="flex flex-wrap items-center gap-2"
      onSubmit={(e) => {
        e.preventDefault();
        save.mutate({ team, fit: { project, name: name || `${settings.form}, ${settings.estimator}`, settings } });
      }}
    >
      {save.error && <ErrorNote>{save.error.message}</ErrorNote>}
      <input
        className="field w-52"
        placeholder="Name of the fit"
        aria-label="Name of the fit"
        value={name}
        onChange={(e) => setName(e.target.value)}
        maxLength={200}
      />
      <button type="submit" className="button button-primary" disabled={save.isPending}>
        {save.isPending ? "Saving…" : "Save fit"}
      </button>
    </form>
  );
}

export function SavedFits({ base, fits }: { base: string; fits: Outputs["fit"]["list"] }) {
  if (fits.length === 0) return null;
  return (
    <Panel className="mt-4" title="Saved fits" note="immutable, each with the exact runs behind it">
      <ul className="divide-y divide-line">
        {fits.map((f) => (
          <li key={f.id} className="flex flex-wrap justify-between gap-2 py-1.5">
            <Link className="link" href={`${base}/fits/${f.id}`}>
              {f.name}
            </Link>
            <span className="num text-xs text-muted">
              {f.form} · {format.counted(f.runs, "run")} · <Time at={f.createdAt} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
