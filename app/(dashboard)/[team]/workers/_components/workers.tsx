"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useEffect, useState } from "react";
import { useLive } from "@/app/_components/live";
import { Code, Empty, PageHeader, Panel } from "@/app/_components/page";
import { State } from "@/app/_components/state";
import { Term } from "@/app/_components/term";
import { Time } from "@/app/_components/time";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import * as format from "@/lib/format";

/** Presence fades without an event, so this page also looks by itself. */
const REFETCH_MS = 10_000;

export function Workers({ team, initial }: { team: string; initial: Outputs["worker"]["list"] }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.worker.list.queryOptions({ team });
  const workers = useQuery({ ...options, initialData: initial, refetchInterval: REFETCH_MS }).data;
  useLive((events) => {
    if (events.length === 0 || events.some((e) => e.kind === "worker" || e.kind === "job"))
      void client.invalidateQueries({ queryKey: options.queryKey });
  }, 2_000);
  return (
    <>
      <PageHeader title="Workers">
        <Term name="worker">Machines</Term> that <Term name="lease">lease</Term> queued runs and train them, one a{" "}
        <Term name="slot">slot</Term>, with the native <Term name="trainer">trainer</Term>.
      </PageHeader>
      {workers.length === 0 ? (
        <Empty title="No worker is running">
          On this machine <Code>npm start</Code> starts one, if a C++20 compiler and CMake are installed (Debian:{" "}
          <Code>apt-get install g++ cmake</Code>). Queued runs wait until a worker comes.
        </Empty>
      ) : (
        <div className="panel overflow-x-auto">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Worker</th>
                <th scope="col">State</th>
                <th scope="col">Device</th>
                <th scope="col" className="right">
                  Slots
                </th>
                <th scope="col" className="right">
                  Speed of a slot
                </th>
                <th scope="col">Training now</th>
                <th scope="col">Last heard of</th>
              </tr>
            </thead>
            <tbody>
              {workers.map((w) => (
                <tr key={w.id}>
                  <td>
                    {w.name} <span className="text-xs text-muted">{w.host}</span>
                  </td>
                  <td>
                    <State state={w.online ? "online" : "offline"} />
                  </td>
                  <td>
                    {w.device}, {w.isa}
                  </td>
                  <td className="right">{w.slots}</td>
                  <td className="right">
                    {Object.entries(w.tokensPerS)
                      .map(
                        ([width, speed]) =>
                          `${format.tokenCount(Math.round(speed / 1000) * 1000)} tok/s at width ${width}`,
                      )
                      .join(", ")}
                  </td>
                  <td>
                    {w.current.length === 0
                      ? "-"
                      : w.current.map((c, i) => (
                          <span key={c.jobId}>
                            {i > 0 && ", "}
                            <Link className="link" href={`/${team}/${c.project}/runs/${c.runId}`}>
                              {c.runName}
                            </Link>
                          </span>
                        ))}
                  </td>
                  <td>
                    <Time at={w.lastSeenAt} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <AddWorker />
    </>
  );
}

function AddWorker() {
  const [origin, setOrigin] = useState("http://SERVER:3000");
  useEffect(() => setOrigin(window.location.origin), []);
  return (
    <Panel className="mt-4" title="Add a worker">
      <ol className="list-decimal space-y-2 pl-5">
        <li>
          Here, make a key for it: <Code>npx etalon key create --scopes work --name my-worker</Code>
        </li>
        <li>
          On the machine that shall train, in a copy of Etalon after <Code>npm ci</Code>:{" "}
          <Code>{`ETALON_API_KEY=KEY npx etalon worker --server ${origin} --slots 4`}</Code>, or with the key in the
          file that <Code>ETALON_API_KEY_FILE</Code> names
        </li>
      </ol>
    </Panel>
  );
}
