"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Confirm } from "@/app/_components/confirm";
import { Copy } from "@/app/_components/copy";
import { Code, ErrorNote, Panel } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import * as format from "@/lib/format";
import { Kinds, nameOfKind } from "./kinds";
import { MakeChannel } from "./make-channel";

type Channel = Outputs["channel"]["list"][number];

interface Props {
  team: string;
  initial: Channel[];
  projects: Outputs["project"]["names"];
}

/** Where events go beside people. */
export function Channels({ team, initial, projects }: Props) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.channel.list.queryOptions({ team });
  const list = useQuery({ ...options, initialData: initial }).data;
  const [secret, setSecret] = useState<string | null>(null);
  const refresh = () => void client.invalidateQueries({ queryKey: options.queryKey });
  return (
    <Panel title="Channels" note="Slack’s incoming webhooks, and webhooks of your own">
      <MakeChannel
        team={team}
        projects={projects}
        onMade={(made) => {
          setSecret(made);
          refresh();
        }}
      />
      {secret && (
        <p role="status" className="mt-3 rounded border border-finished px-3 py-2">
          Requests are signed with this secret. Copy it now, it is shown only once: <Code>{secret}</Code>{" "}
          <Copy text={secret} label="Copy" />
        </p>
      )}
      {list.length === 0 ? (
        <p className="mt-4 text-muted">
          No channels yet. A channel is sent the kinds of events that you choose for it.
        </p>
      ) : (
        <ul className="mt-4 divide-y divide-line border-t border-line">
          {list.map((c) => (
            <ChannelRow key={c.id} team={team} of={c} onChanged={refresh} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function ChannelRow({ team, of: c, onChanged }: { team: string; of: Channel; onChanged: () => void }) {
  const trpc = useTRPC();
  const [editing, setEditing] = useState(false);
  const remove = useMutation(trpc.channel.remove.mutationOptions({ onSuccess: onChanged }));
  const update = useMutation(trpc.channel.update.mutationOptions({ onSuccess: onChanged }));
  const error = remove.error ?? update.error;
  return (
    <li className="space-y-2 py-3">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <h3 className="font-medium break-words">{c.name}</h3>
          <p className="text-xs break-all text-muted">
            {c.type === "slack" ? "Slack" : "webhook"} · {c.project ?? "all projects"} · {c.address}
          </p>
          <p className="mt-1 text-xs text-muted">{c.kinds.map(nameOfKind).join("; ")}</p>
        </div>
        <div className="flex flex-wrap gap-2">
          <Test team={team} id={c.id} name={c.name} />
          <button type="button" className="button" aria-expanded={editing} onClick={() => setEditing((v) => !v)}>
            Events
          </button>
          <Confirm
            label="Remove"
            title={`Remove the channel ${c.name}?`}
            action="Remove"
            onConfirm={() => remove.mutate({ team, id: c.id })}
          >
            Nothing is sent there any more, also not what still waits. A webhook’s secret ends with it.
          </Confirm>
        </div>
      </div>
      <Standing waiting={c.waiting} failed={c.failed} />
      {editing && (
        <Kinds
          legend={`Events that ${c.name} is sent`}
          kinds={c.kinds}
          disabled={update.isPending}
          onChange={(kinds) => update.mutate({ team, channel: { id: c.id, name: c.name, kinds } })}
        />
      )}
      {error && <ErrorNote>{error.message}</ErrorNote>}
    </li>
  );
}

function Standing({ waiting, failed }: { waiting: number; failed: number }) {
  if (waiting + failed === 0) return null;
  return (
    <p className={`text-xs ${failed > 0 ? "text-failed" : "text-muted"}`}>
      {failed > 0 && `${format.counted(failed, "delivery", "deliveries")} given up within 30 days, see below. `}
      {waiting > 0 && `${format.counted(waiting, "delivery", "deliveries")} on the way.`}
    </p>
  );
}

function Test({ team, id, name }: { team: string; id: string; name: string }) {
  const test = useMutation(useTRPC().channel.test.mutationOptions());
  const error = test.error?.message ?? test.data?.error ?? null;
  return (
    <>
      <button
        type="button"
        className="button"
        aria-label={`Send a test to ${name}`}
        disabled={test.isPending}
        onClick={() => test.mutate({ team, id })}
      >
        {test.isPending ? "Sending…" : "Test"}
      </button>
      {(test.data || test.error) && (
        <p role="status" className={`w-full text-xs break-words ${error ? "text-failed" : "text-finished"}`}>
          {error ?? "It was taken."}
        </p>
      )}
    </>
  );
}
