"use client";

import { useMutation } from "@tanstack/react-query";
import { ConfirmByTyping } from "@/app/_components/confirm-by-typing";
import { Panel } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";

export function DeleteAccount({ email }: { email: string }) {
  const removal = useMutation(useTRPC().account.delete.mutationOptions());
  return (
    <Panel title="Delete your account">
      <p className="mb-3 text-muted">
        You leave all teams and are signed out everywhere. What you have made stays with its team, without your name.
      </p>
      <ConfirmByTyping
        button="Delete my account"
        buttonClass="button button-danger"
        name="Delete my account"
        title="Delete your account for good?"
        words={email}
        action="Delete my account"
        error={removal.error?.message ?? null}
        pending={removal.isPending}
        onOpen={() => removal.reset()}
        onConfirm={async (confirm) => {
          await removal.mutateAsync({ account: { confirm } });
          location.assign("/sign-in");
        }}
      >
        There is no way back; an owner can invite you again.
      </ConfirmByTyping>
    </Panel>
  );
}
