"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Choice, TextField } from "@/app/_components/fields";
import { ErrorNote } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import { NOTIFICATION_KINDS, type NotificationKind } from "@/lib/notification";
import { Kinds } from "./kinds";

const TYPES = [
  ["slack", "Slack"],
  ["webhook", "Webhook"],
] as const;
const ALL = "";
/** What is of no use to a room that has not asked. */
const FIRST_KINDS = NOTIFICATION_KINDS.filter((kind) => kind !== "commented" && kind !== "superseded");

interface Props {
  team: string;
  projects: Outputs["project"]["names"];
  /** With the secret of a webhook. */
  onMade: (secret: string | null) => void;
}

export function MakeChannel({ team, projects, onMade }: Props) {
  const [type, setType] = useState<"slack" | "webhook">("slack");
  const [name, setName] = useState("");
  const [url, setUrl] = useState("");
  const [project, setProject] = useState(ALL);
  const [kinds, setKinds] = useState<NotificationKind[]>(FIRST_KINDS);
  const create = useMutation(
    useTRPC().channel.create.mutationOptions({
      onSuccess: ({ secret }) => {
        setName("");
        setUrl("");
        onMade(secret);
      },
    }),
  );
  return (
    <form
      className="space-y-3"
      onSubmit={(e) => {
        e.preventDefault();
        create.mutate({ team, channel: { type, name, url, project: project === ALL ? null : project, kinds } });
      }}
    >
      <div className="flex flex-wrap items-end gap-x-4 gap-y-3">
        <Choice name="To" look="" value={type} options={TYPES} onChange={setType} />
        <TextField name="Name" className="min-w-36 flex-1" value={name} required maxLength={100} onChange={setName} />
        <TextField
          name={type === "slack" ? "Address of the incoming webhook" : "Address"}
          className="min-w-56 flex-2"
          type="url"
          placeholder={type === "slack" ? "https://hooks.slack.com/services/…" : "https://"}
          value={url}
          required
          onChange={setUrl}
        />
        <Choice
          name="Events of"
          look=""
          value={project}
          options={[[ALL, "all projects"], ...projects.map((p) => [p.slug, p.name] as const)]}
          onChange={setProject}
        />
      </div>
      <Kinds legend="Events that it is sent" kinds={kinds} onChange={setKinds} />
      <button type="submit" className="button button-primary" disabled={create.isPending || kinds.length === 0}>
        Add channel
      </button>
      {kinds.length === 0 && (
        <p role="alert" className="text-xs text-failed">
          Choose at least one kind of event.
        </p>
      )}
      {create.error && <ErrorNote>{create.error.message}</ErrorNote>}
    </form>
  );
}
