"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useLive } from "@/app/_components/live";
import { Panel, Scroll } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";

/** The last lines that the trainer and the agent wrote. */
export function LogTail({ team, runId }: { team: string; runId: string }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.run.log.queryOptions({ team, runId });
  const lines = useQuery(options).data ?? [];
  useLive((events) => {
    if (events.length === 0 || events.some((e) => e.kind === "log" && e.id === runId))
      void client.invalidateQueries({ queryKey: options.queryKey });
  });
  return (
    <Panel title="Log" note={`last ${lines.length} lines`}>
      {lines.length === 0 ? (
        <p className="text-muted">Nothing written yet.</p>
      ) : (
        <Scroll label="Log" className="max-h-72 overflow-auto">
          <pre className="font-mono text-xs whitespace-pre-wrap">
            {lines.map((l) => `${new Date(l.time).toISOString().slice(11, 19)}  ${l.text}`).join("\n")}
          </pre>
        </Scroll>
      )}
    </Panel>
  );
}
