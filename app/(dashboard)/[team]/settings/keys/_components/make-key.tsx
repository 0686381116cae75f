"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { CheckField, Choice, NumberField, TextField } from "@/app/_components/fields";
import { ErrorNote } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";
import type { Secret } from "./key";

const SCOPES = [
  ["read", "read runs and recommendations"],
  ["write", "create runs and send metrics"],
  ["work", "run a worker: for all projects"],
] as const;
type Scope = (typeof SCOPES)[number][0];

const ENDS = [
  ["30d", "in 30 days"],
  ["90d", "in 90 days"],
  ["365d", "in 365 days"],
  ["never", "never"],
] as const;

const WHOSE = [
  ["mine", "mine", "Ends when you leave the team"],
  ["service", "the team’s (service)", "Goes on whoever leaves"],
] as const;

const MOST_REQUESTS = 6_000;

interface Props {
  team: string;
  projects: { slug: string; name: string }[];
  isOwner: boolean;
  onMade: (secret: Secret) => void;
}

export function MakeKey({ team, projects, isOwner, onMade }: Props) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<Scope[]>(["read"]);
  const [ends, setEnds] = useState<(typeof ENDS)[number][0]>("90d");
  const [whose, setWhose] = useState<(typeof WHOSE)[number][0]>("mine");
  const [perMinute, setPerMinute] = useState(MOST_REQUESTS);
  const [only, setOnly] = useState<string[] | null>(null);
  const create = useMutation(
    useTRPC().apiKey.create.mutationOptions({
      onSuccess: ({ key }) => {
        setName("");
        onMade({ key, note: "" });
      },
    }),
  );
  const problem = problemOf(scopes, only);
  const made = { name, scopes, expires: ends === "never" ? null : ends, projects: only };
  const owned = isOwner ? { service: whose === "service", requestsPerMinute: perMinute } : {};
  return (
    <form
      className="space-y-3"
      onSubmit={(e) => {
        e.preventDefault();
        create.mutate({ team, key: { ...made, ...owned } });
      }}
    >
      <div className="flex flex-wrap items-end gap-x-4 gap-y-3">
        <TextField name="Name" className="min-w-44 flex-1" value={name} required maxLength={100} onChange={setName} />
        <Choice name="Ends" look="" value={ends} options={ENDS} onChange={setEnds} />
        {isOwner && <Choice name="Whose" look="" value={whose} options={WHOSE} onChange={setWhose} />}
        {isOwner && (
          <NumberField name="Requests a minute" className="max-w-32" value={perMinute} onChange={setPerMinute} />
        )}
      </div>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <Scopes scopes={scopes} offered={isOwner ? SCOPES : SCOPES.slice(0, 2)} onChange={setScopes} />
        <Choice
          label="Projects"
          look=""
          value={only ? "some" : "all"}
          options={[
            ["all", "all projects"],
            ["some", "only some projects"],
          ]}
          onChange={(which) => setOnly(which === "all" ? null : [])}
        />
        <button type="submit" className="button button-primary" disabled={create.isPending || problem !== null}>
          Make key
        </button>
      </div>
      {only && <Projects projects={projects} only={only} onChange={setOnly} />}
      {problem && (
        <p role="alert" className="text-xs text-failed">
          {problem}
        </p>
      )}
      {create.error && <ErrorNote>{create.error.message}</ErrorNote>}
    </form>
  );
}

function problemOf(scopes: Scope[], only: string[] | null): string | null {
  if (scopes.length === 0) return "Choose what the key may do: at least one of read, write and work.";
  if (only && scopes.includes("work"))
    return "A key for some projects cannot have the scope work: workers train for all.";
  return only?.length === 0 ? "Choose at least one project." : null;
}

function Scopes(props: {
  scopes: Scope[];
  offered: readonly (typeof SCOPES)[number][];
  onChange: (s: Scope[]) => void;
}) {
  const { scopes, offered, onChange } = props;
  return (
    <fieldset className="flex flex-wrap gap-4">
      <legend className="sr-only">Scopes</legend>
      {offered.map(([scope, what]) => (
        <CheckField
          key={scope}
          name={scope}
          title={what}
          value={scopes.includes(scope)}
          onChange={(on) => onChange(on ? [...scopes, scope] : scopes.filter((x) => x !== scope))}
        />
      ))}
    </fieldset>
  );
}

function Projects(props: { projects: Props["projects"]; only: string[]; onChange: (slugs: string[]) => void }) {
  const { projects, only, onChange } = props;
  if (projects.length === 0) return <p className="text-muted">The team has no project yet.</p>;
  return (
    <fieldset className="flex max-h-40 flex-wrap gap-x-4 gap-y-1 overflow-y-auto rounded border border-line p-3">
      <legend className="sr-only">Projects of the key</legend>
      {projects.map(({ slug, name }) => (
        <CheckField
          key={slug}
          name={name}
          title={slug}
          value={only.includes(slug)}
          onChange={(on) => onChange(on ? [...only, slug] : only.filter((x) => x !== slug))}
        />
      ))}
    </fieldset>
  );
}
