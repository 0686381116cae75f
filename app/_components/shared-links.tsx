"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Confirm } from "@/app/_components/confirm";
import { Copy } from "@/app/_components/copy";
import { ErrorNote, Panel } from "@/app/_components/page";
import { Term } from "@/app/_components/term";
import { Time } from "@/app/_components/time";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import { NewSharedLink } from "./new-shared-link";

type Link = Outputs["share"]["list"][number];
type Of = { kind: "recommendation" | "report"; id: string };

const SHOWS = {
  recommendation: "read-only: the advice, without runs, people or comments",
  report: "read-only: its text as it is then, with the charts of saved fits",
} as const;

/** The addresses by which people outside the team read a recommendation or a report. */
export function SharedLinks({ team, of }: { team: string; of: Of }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.share.list.queryOptions({ team, of });
  const { data: links } = useQuery(options);
  const after = { onSuccess: () => void client.invalidateQueries({ queryKey: options.queryKey }) };
  const create = useMutation(trpc.share.create.mutationOptions(after));
  const revoke = useMutation(trpc.share.revoke.mutationOptions(after));
  const error = create.error ?? revoke.error;
  return (
    <Panel title={<Term name="public link">Links for others</Term>} note={SHOWS[of.kind]}>
      {error && <ErrorNote>{error.message}</ErrorNote>}
      {links?.length === 0 && <p className="text-muted">Only the team can read it.</p>}
      <ul className="space-y-3">
        {links?.map((link) => (
          <LinkRow key={link.id} link={link} onRevoke={() => revoke.mutate({ team, id: link.id })} />
        ))}
      </ul>
      <NewSharedLink
        pending={create.isPending}
        onCreate={(link, done) => create.mutate({ team, link: { of, ...link } }, { onSuccess: done })}
      />
    </Panel>
  );
}

function LinkRow({ link, onRevoke }: { link: Link; onRevoke: () => void }) {
  const address = `/shared/${link.key}`;
  const hasEnded = link.expiresAt !== null && link.expiresAt.getTime() <= Date.now();
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
      <div className="min-w-0">
        {hasEnded ? (
          <s className="font-mono text-xs break-all text-muted">{address}</s>
        ) : (
          <a className="link font-mono text-xs break-all" href={address}>
            {address}
          </a>
        )}
        <p className="text-xs break-words text-muted">
          {link.people ? `for ${link.people.join(", ")}` : "for whoever has the address"}
          {link.expiresAt ? (
            <>
              {hasEnded ? ", ended " : ", until "}
              <Time at={link.expiresAt} />
            </>
          ) : (
            ", until it is taken away"
          )}
          {link.author && ` · ${link.author}`}
        </p>
      </div>
      <span className="inline-flex gap-2">
        {!hasEnded && (
          <Copy text={typeof window === "undefined" ? address : `${window.location.origin}${address}`} label="Copy" />
        )}
        <Confirm label="Take away" title="Take this link away?" action="Take it away" onConfirm={onRevoke}>
          Whoever has it reads nothing more from now on. The same address never comes back.
        </Confirm>
      </span>
    </li>
  );
}
