"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Choice } from "@/app/_components/fields";
import { ErrorNote, Panel } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import { NameSomebody } from "./name-somebody";

type Access = Outputs["project"]["access"];
type Change = { openTo?: Access["openTo"]; add?: string[]; remove?: string[] };

const OPTIONS = [
  ["team", "everybody of the team"],
  ["named", "owners, and members named here"],
] as const;

/** Who sees the project; owners of the team say it. */
export function AccessPanel({ team, project, initial }: { team: string; project: string; initial: Access }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.project.access.queryOptions({ team, slug: project });
  const { data: access } = useQuery({ ...options, initialData: initial });
  const save = useMutation(
    trpc.project.changeAccess.mutationOptions({
      onSuccess: () => void client.invalidateQueries({ queryKey: options.queryKey }),
    }),
  );
  const change = (what: Change) => save.mutate({ team, access: { slug: project, ...what } });
  const isNamed = access.openTo === "named";
  return (
    <Panel title="Who sees it">
      {access.mayChange ? (
        <Choice
          label="Who sees this project"
          value={access.openTo}
          options={OPTIONS}
          onChange={(openTo) => change({ openTo })}
        />
      ) : (
        <p>{isNamed ? "The owners of the team, and:" : "Everybody of the team."}</p>
      )}
      {isNamed && <Named access={access} onRemove={(userId) => change({ remove: [userId] })} />}
      {isNamed && access.mayChange && (
        <NameSomebody
          team={team}
          isNamed={(id) => access.members.some((m) => m.userId === id)}
          onAdd={(userId) => change({ add: [userId] })}
        />
      )}
      {save.error && <ErrorNote>{save.error.message}</ErrorNote>}
      {isNamed && (
        <p className="mt-3 text-xs text-muted">
          To others it is not there: neither its pages and runs nor its name, in lists, searches and the API. Keys of
          the team see it; a person&apos;s own keys see what she sees.
        </p>
      )}
    </Panel>
  );
}

function Named({ access, onRemove }: { access: Access; onRemove: (userId: string) => void }) {
  if (access.members.length === 0) return <p className="mt-3 text-muted">Nobody is named yet.</p>;
  return (
    <ul className="mt-3 space-y-1" aria-label="Named members">
      {access.members.map((m) => (
        <li key={m.userId} className="flex items-center justify-between gap-2">
          <span className="min-w-0 truncate" title={m.email ?? undefined}>
            {m.name} <span className="text-xs text-muted">{m.role}</span>
          </span>
          {access.mayChange && (
            <button
              type="button"
              className="button h-7! text-xs"
              aria-label={`Remove ${m.name} from this project`}
              onClick={() => onRemove(m.userId)}
            >
              Remove
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
