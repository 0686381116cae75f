"use client";

import { useMutation } from "@tanstack/react-query";
import { Confirm } from "@/app/_components/confirm";
import { ErrorNote } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";

export function LeaveTeam({ team, name }: { team: string; name: string }) {
  const leave = useMutation(useTRPC().team.leave.mutationOptions({ onSuccess: () => location.assign("/") }));
  return (
    <>
      <Confirm
        label="Leave the team"
        title={`Leave “${name}”?`}
        action="Leave"
        onConfirm={() => leave.mutate({ team })}
      >
        You see nothing of it from then on, until an owner invites you again. What you have made stays.
      </Confirm>
      {leave.error && <ErrorNote>{leave.error.message}</ErrorNote>}
    </>
  );
}
