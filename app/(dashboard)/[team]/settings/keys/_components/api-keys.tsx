"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { Copy } from "@/app/_components/copy";
import { Code, ErrorNote, Panel } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import type { Key, Secret } from "./key";
import { KeyTable } from "./key-table";
import { MakeKey } from "./make-key";

type Project = Outputs["project"]["names"][number];

/** The keys that a person may see: an owner all of the team's, an editor her own. */
export function ApiKeys(props: { team: string; initial: Key[]; projects: Project[]; isOwner: boolean }) {
  const { team, initial, projects, isOwner } = props;
  const trpc = useTRPC();
  const client = useQueryClient();
  const [secret, setSecret] = useState<Secret | null>(null);
  const options = trpc.apiKey.list.queryOptions({ team });
  const keys = useQuery({ ...options, initialData: initial }).data;
  const onSuccess = () => void client.invalidateQueries({ queryKey: options.queryKey });
  const revoke = useMutation(trpc.apiKey.revoke.mutationOptions({ onSuccess }));
  const limit = useMutation(trpc.apiKey.limit.mutationOptions({ onSuccess }));
  const rotate = useMutation(trpc.apiKey.rotate.mutationOptions({ onSuccess }));
  const error = revoke.error ?? limit.error ?? rotate.error;
  const show = (shown: Secret) => {
    setSecret(shown);
    onSuccess();
  };
  return (
    <Panel
      title={isOwner ? "API keys of the team" : "Your API keys"}
      note={
        <>
          stored as a hash; a key is shown once ·{" "}
          <Link className="link" href="/api-reference">
            what they open
          </Link>
        </>
      }
    >
      <MakeKey team={team} projects={projects} isOwner={isOwner} onMade={show} />
      {secret && (
        <p role="status" className="mt-3 rounded border border-finished px-3 py-2">
          Copy this key now, it is shown only once: <Code>{secret.key}</Code> <Copy text={secret.key} label="Copy" />{" "}
          {secret.note}
        </p>
      )}
      {error && <ErrorNote>{error.message}</ErrorNote>}
      {keys.length === 0 ? (
        <p className="mt-4 text-muted">No keys yet. Programs and workers need one.</p>
      ) : (
        <KeyTable
          keys={keys}
          revoke={(id) => revoke.mutate({ team, id })}
          limit={isOwner ? (id, requestsPerMinute) => limit.mutate({ team, key: { id, requestsPerMinute } }) : null}
          rotate={({ id, name }, graceHours) =>
            rotate.mutate(
              { team, key: { id, graceHours } },
              { onSuccess: ({ key }) => setSecret({ key, note: rotated(name, graceHours) }) },
            )
          }
        />
      )}
    </Panel>
  );
}

function rotated(name: string, hours: number): string {
  const then = hours === 0 ? "has ended" : `ends in ${hours} ${hours === 1 ? "hour" : "hours"}`;
  return `The secret before of “${name}” ${then}.`;
}
