"use client";

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { Copy } from "@/app/_components/copy";
import { TextField } from "@/app/_components/fields";
import { Code, ErrorNote, Panel } from "@/app/_components/page";
import { Pager } from "@/app/_components/pager";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import type { Found, Secret } from "./key";
import { KeyTable } from "./key-table";
import { MakeKey } from "./make-key";

type Project = Outputs["project"]["names"][number];

/** As many as the server gives at once. */
const A_PAGE = 50;

/** The keys that a person may see: an owner all of the team's, an editor her own. */
export function ApiKeys(props: { team: string; initial: Found; projects: Project[]; isOwner: boolean }) {
  const { team, initial, projects, isOwner } = props;
  const trpc = useTRPC();
  const client = useQueryClient();
  const [secret, setSecret] = useState<Secret | null>(null);
  const [text, setText] = useState("");
  const [skip, setSkip] = useState(0);
  const { data: found = initial } = useQuery({
    ...trpc.apiKey.find.queryOptions({ team, page: { text, skip } }),
    initialData: text === "" && skip === 0 ? initial : undefined,
    placeholderData: keepPreviousData,
  });
  const { keys, total } = found;
  const onSuccess = () => void client.invalidateQueries({ queryKey: trpc.apiKey.find.queryKey() });
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
      {initial.total > initial.keys.length && (
        <TextField
          name="Find by name or beginning"
          type="search"
          className="mt-4 max-w-sm"
          value={text}
          onChange={(t) => {
            setText(t);
            setSkip(0);
          }}
        />
      )}
      {keys.length === 0 ? (
        <p className="mt-4 text-muted">
          {text === "" ? "No keys yet. Programs and workers need one." : "No key is called that."}
        </p>
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
      <Pager skip={skip} shown={keys.length} total={total} pageSize={A_PAGE} onSkip={setSkip} />
    </Panel>
  );
}

function rotated(name: string, hours: number): string {
  const then = hours === 0 ? "has ended" : `ends in ${hours} ${hours === 1 ? "hour" : "hours"}`;
  return `The secret before of “${name}” ${then}.`;
}
