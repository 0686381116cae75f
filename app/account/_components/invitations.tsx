"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { ErrorNote, Panel } from "@/app/_components/page";
import { aRole } from "@/app/_components/role";
import { Time } from "@/app/_components/time";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";

/** Open invitations to her address, which is proven to be hers: she needs no link to accept. */
export function Invitations({ invitations }: { invitations: Outputs["account"]["get"]["invitations"] }) {
  const router = useRouter();
  const accept = useMutation(
    useTRPC().account.acceptInvitation.mutationOptions({ onSuccess: ({ teamSlug }) => router.push(`/${teamSlug}`) }),
  );
  if (invitations.length === 0) return null;
  return (
    <Panel title="Invitations" note={invitations.length === 1 ? "one" : `${invitations.length}`}>
      <ul className="divide-y divide-line">
        {invitations.map(({ id, team, role, expiresAt }) => (
          <li key={id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-1.5">
            <span className="min-w-0 break-words">
              {team}, as {aRole(role)}{" "}
              <span className="text-xs text-muted">
                until <Time at={expiresAt} />
              </span>
            </span>
            <button
              type="button"
              className="button"
              aria-label={`Join ${team}`}
              disabled={accept.isPending}
              onClick={() => accept.mutate({ id })}
            >
              Join
            </button>
          </li>
        ))}
      </ul>
      {accept.error && <ErrorNote>{accept.error.message}</ErrorNote>}
    </Panel>
  );
}
