"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CheckField } from "@/app/_components/fields";
import { ErrorNote, Panel } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";

export function TeamSettings({
  team,
  initial,
  isOwner,
}: {
  team: string;
  initial: Outputs["team"]["settings"];
  isOwner: boolean;
}) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.team.settings.queryOptions({ team });
  const settings = useQuery({ ...options, initialData: initial }).data;
  const save = useMutation(
    trpc.team.saveSettings.mutationOptions({
      onSuccess: () => void client.invalidateQueries({ queryKey: options.queryKey }),
    }),
  );
  return (
    <Panel title="Runs that come in">
      <CheckField
        name="A run for a project that is not there makes the project"
        value={settings.makesProjects}
        disabled={!isOwner || save.isPending}
        onChange={(makesProjects) => save.mutate({ team, settings: { makesProjects } })}
      />
      {save.error && <ErrorNote>{save.error.message}</ErrorNote>}
    </Panel>
  );
}
