"use client";

import { useQuery } from "@tanstack/react-query";
import { useLive } from "@/app/_components/live";
import { Panel } from "@/app/_components/page";
import { Time } from "@/app/_components/time";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import { nameOfKind } from "./kinds";

type Delivery = Outputs["channel"]["deliveries"][number];

/** What is on its way or tried again announces nothing: it is looked at again. */
const AGAIN_MS = 5_000;

/** What was sent to channels last, and why it was not taken. */
export function Deliveries({ team, initial }: { team: string; initial: Delivery[] }) {
  const options = useTRPC().channel.deliveries.queryOptions({ team });
  const query = useQuery({ ...options, initialData: initial, refetchInterval: AGAIN_MS });
  useLive((events) => {
    if (events.some((e) => e.kind === "notification")) void query.refetch();
  }, 1_000);
  const list = query.data;
  return (
    <Panel title="Last deliveries" note="to channels; kept for 30 days">
      {list.length === 0 ? (
        <p className="text-muted">Nothing has been sent to a channel yet.</p>
      ) : (
        <div className="overflow-x-auto">
          <table className="table">
            <thead>
              <tr>
                {["When", "Channel", "Event", "State"].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {list.map((d) => (
                <tr key={d.id}>
                  <td>
                    <Time at={d.createdAt} />
                  </td>
                  <td>{d.channel}</td>
                  <td>
                    {nameOfKind(d.kind)} <span className="text-muted">({d.project})</span>
                  </td>
                  <td className="min-w-56 whitespace-normal">
                    <Standing of={d} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function Standing({ of: d }: { of: Delivery }) {
  if (d.state === "sent") return <span className="text-finished">sent</span>;
  if (d.state === "waiting" && !d.error) return <span className="text-muted">on the way</span>;
  return (
    <span className={d.state === "failed" ? "text-failed" : "text-muted"}>
      {d.state === "failed" ? `given up after ${d.attempts} attempts` : `attempt ${d.attempts} failed`}
      {d.state === "waiting" && (
        <>
          , again at <Time at={d.dueAt} />
        </>
      )}
      : <span className="wrap-anywhere">{d.error}</span>
    </span>
  );
}
