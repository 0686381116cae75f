"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CheckField } from "@/app/_components/fields";
import { ErrorNote, Panel } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";

/** Whether the team opens by single sign-on alone. */
export function SsoRequired({ team, initial }: { team: string; initial: Outputs["team"]["signIn"] }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.team.signIn.queryOptions({ team });
  const { ssoRequired, bySso, providers } = useQuery({ ...options, initialData: initial }).data;
  const save = useMutation(
    trpc.team.saveSignIn.mutationOptions({
      onSuccess: () => void client.invalidateQueries({ queryKey: options.queryKey }),
    }),
  );
  const isAnyOn = providers.some((p) => p.name !== null);
  return (
    <Panel title="Single sign-on" note={ssoRequired ? "the only way in" : "one way among others"}>
      <CheckField
        name="The team opens only to who came in by single sign-on"
        value={ssoRequired}
        disabled={save.isPending || (!ssoRequired && !bySso)}
        onChange={(on) => save.mutate({ team, signIn: { ssoRequired: on } })}
      />
      <p className="mt-2 text-xs text-muted">
        {bySso || ssoRequired
          ? "Sessions that a one-time link began keep their other teams. API keys and public links go on."
          : isAnyOn
            ? "Sign out, and in by single sign-on: only then you can be sure not to lock yourself out."
            : "Single sign-on is off on this server: what turns it on stands below."}
      </p>
      {save.error && <ErrorNote>{save.error.message}</ErrorNote>}
    </Panel>
  );
}
