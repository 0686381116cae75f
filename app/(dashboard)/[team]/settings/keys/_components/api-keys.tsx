"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { Confirm } from "@/app/_components/confirm";
import { Copy } from "@/app/_components/copy";
import { CheckField, TextField } from "@/app/_components/fields";
import { Code, ErrorNote, Panel } from "@/app/_components/page";
import { Time } from "@/app/_components/time";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";

const SCOPES = [
  ["read", "read runs and recommendations"],
  ["write", "create runs and send metrics"],
  ["work", "run a worker"],
] as const;
type Scope = (typeof SCOPES)[number][0];
type Key = Outputs["apiKey"]["list"][number];

export function ApiKeys({ team, initial }: { team: string; initial: Key[] }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.apiKey.list.queryOptions({ team });
  const keys = useQuery({ ...options, initialData: initial }).data;
  const refresh = () => void client.invalidateQueries({ queryKey: options.queryKey });
  const revoke = useMutation(trpc.apiKey.revoke.mutationOptions({ onSuccess: refresh }));
  return (
    <Panel
      title="API keys"
      note={
        <>
          stored as a hash; a key is shown once ·{" "}
          <Link className="link" href="/api-reference">
            what they open
          </Link>
        </>
      }
    >
      <MakeKey team={team} onMade={refresh} />
      {revoke.error && <ErrorNote>{revoke.error.message}</ErrorNote>}
      {keys.length === 0 ? (
        <p className="mt-4 text-muted">No keys yet. Programs and workers need one.</p>
      ) : (
        <KeyTable keys={keys} revoke={(id) => revoke.mutate({ team, id })} />
      )}
    </Panel>
  );
}

function MakeKey({ team, onMade }: { team: string; onMade: () => void }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<Scope[]>(["read"]);
  const create = useMutation(useTRPC().apiKey.create.mutationOptions({ onSuccess: onMade }));
  return (
    <>
      <form
        className="flex flex-wrap items-end gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          create.mutate({ team, key: { name, scopes } });
        }}
      >
        <TextField name="Name" look="" value={name} required maxLength={100} onChange={setName} />
        <fieldset className="flex flex-wrap gap-4 pb-1.5">
          <legend className="sr-only">Scopes</legend>
          {SCOPES.map(([scope, what]) => (
            <CheckField
              key={scope}
              name={scope}
              title={what}
              value={scopes.includes(scope)}
              onChange={(on) => setScopes((s) => (on ? [...s, scope] : s.filter((x) => x !== scope)))}
            />
          ))}
        </fieldset>
        <button type="submit" className="button button-primary" disabled={create.isPending || scopes.length === 0}>
          Make key
        </button>
        {scopes.length === 0 && (
          <p role="alert" className="pb-1.5 text-xs text-failed">
            Choose what the key may do: at least one of read, write and work.
          </p>
        )}
      </form>
      {create.data && (
        <p role="status" className="mt-3 rounded border border-finished px-3 py-2">
          Copy this key now, it is shown only once: <Code>{create.data.key}</Code>{" "}
          <Copy text={create.data.key} label="Copy" />
        </p>
      )}
      {create.error && <ErrorNote>{create.error.message}</ErrorNote>}
    </>
  );
}

function KeyTable({ keys, revoke }: { keys: Key[]; revoke: (id: string) => void }) {
  return (
    <div className="mt-4 overflow-x-auto">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Begins with</th>
            <th scope="col">Scopes</th>
            <th scope="col">Made</th>
            <th scope="col">Last used</th>
            <th scope="col">
              <span className="sr-only">Action</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((k) => (
            <tr key={k.id} className={k.revokedAt ? "text-muted" : undefined}>
              <td>{k.name}</td>
              <td className="font-mono">{k.prefix}…</td>
              <td>{k.scopes.join(", ")}</td>
              <td>
                <Time at={k.createdAt} />
              </td>
              <td>
                <Time at={k.lastUsedAt} />
              </td>
              <td className="right">
                {k.revokedAt ? (
                  "revoked"
                ) : (
                  <Confirm
                    label="Revoke"
                    title={`Revoke “${k.name}”?`}
                    action="Revoke the key"
                    onConfirm={() => revoke(k.id)}
                  >
                    Programs and workers that use it are refused from now on.
                  </Confirm>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
