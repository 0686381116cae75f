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
    <Panel title="By mail" note={known.sendsMail ? `to ${known.email}, at most one a minute` : undefined}>
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
