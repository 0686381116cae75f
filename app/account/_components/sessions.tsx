"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Confirm } from "@/app/_components/confirm";
import { ErrorNote, Panel } from "@/app/_components/page";
import { Time } from "@/app/_components/time";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";

/** Where she is signed in; each session can be ended. */
export function Sessions({ initial }: { initial: Outputs["account"]["sessions"] }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.account.sessions.queryOptions();
  const sessions = useQuery({ ...options, initialData: initial }).data;
  const refresh = { onSuccess: () => void client.invalidateQueries({ queryKey: options.queryKey }) };
  const end = useMutation(trpc.account.endSession.mutationOptions(refresh));
  const endOthers = useMutation(trpc.account.endOtherSessions.mutationOptions(refresh));
  const error = end.error ?? endOthers.error;
  return (
    <Panel
      title="Sessions"
      actions={
        sessions.length > 1 && (
          <Confirm
            label="Sign out everywhere else"
            title="Sign out everywhere else?"
            action="Sign out"
            onConfirm={() => endOthers.mutate()}
          >
            All sessions but this one end at once.
          </Confirm>
        )
      }
    >
      {error && <ErrorNote>{error.message}</ErrorNote>}
      <div className="overflow-x-auto">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Device</th>
              <th scope="col">Since</th>
              <th scope="col">Last used</th>
              <th scope="col">
                <span className="sr-only">Action</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {sessions.map((s) => (
              <tr key={s.id}>
                <td>{s.device}</td>
                <td>
                  <Time at={s.createdAt} />
                </td>
                <td>
                  <Time at={s.lastUsedAt} />
                </td>
                <td className="right">
                  {s.isCurrent ? (
                    <span className="text-muted">this one</span>
                  ) : (
                    <button
                      type="button"
                      className="button"
                      aria-label={`End the session of ${s.device}`}
                      disabled={end.isPending}
                      onClick={() => end.mutate({ id: s.id })}
                    >
                      End
                    </button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
