"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ErrorNote, Panel } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import { Kinds } from "./kinds";

type Known = Outputs["notification"]["preferences"];

/** What the reader is mailed of what she watches; the bell shows all of it. */
export function Preferences({ team, initial }: { team: string; initial: Known }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.notification.preferences.queryOptions({ team });
  const known = useQuery({ ...options, initialData: initial }).data;
  const save = useMutation(
    trpc.notification.savePreferences.mutationOptions({
      onMutate: ({ preferences }) => client.setQueryData(options.queryKey, { ...known, mail: preferences.mail }),
      onSettled: () => void client.invalidateQueries({ queryKey: options.queryKey }),
    }),
  );
  return (
    <Panel
      title="By mail"
      note={known.sendsMail && known.isProven ? `to ${known.email}, at most one a minute` : undefined}
    >
      {known.sendsMail && !known.isProven && (
        <p role="status" className="mb-3 rounded border border-diverged px-3 py-2">
          Nothing is mailed to you yet: {known.email} is not proven to be yours. Sign out, and sign in once by a link
          that is mailed to it.
        </p>
      )}
      {known.sendsMail ? (
        <Kinds
          legend="Events that you are mailed"
          kinds={known.mail}
          onChange={(mail) => save.mutate({ team, preferences: { mail } })}
        />
      ) : (
        <p className="text-muted">This server sends no mail: whoever runs it has not set SMTP_URL.</p>
      )}
      {save.error && <ErrorNote>{save.error.message}</ErrorNote>}
    </Panel>
  );
}
