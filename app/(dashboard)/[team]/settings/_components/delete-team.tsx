"use client";

import { useMutation } from "@tanstack/react-query";
import { ConfirmByTyping } from "@/app/_components/confirm-by-typing";
import { Panel } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";

export function DeleteTeam({ team, name }: { team: string; name: string }) {
  const removal = useMutation(useTRPC().team.delete.mutationOptions());
  return (
    <Panel title="Delete the team">
      <p className="mb-3 text-muted">
        All its projects, runs, fits, recommendations, reports and keys go with it; there is no way back. Published
        recommendations and their public addresses are gone at once.
      </p>
      <ConfirmByTyping
        button="Delete the team"
        buttonClass="button button-danger"
        name={`Delete the team ${name}`}
        title={`Delete “${name}” for good?`}
        words={name}
        action="Delete the team"
        error={removal.error?.message ?? null}
        pending={removal.isPending}
        onOpen={() => removal.reset()}
        onConfirm={async (confirm) => {
          await removal.mutateAsync({ team, what: { confirm } });
          location.assign("/");
        }}
      >
        Everybody in it loses it now; its runs and points are deleted in the background.
      </ConfirmByTyping>
    </Panel>
  );
}
