"use client";

import { type ReactNode, useState } from "react";
import { Confirm } from "@/app/_components/confirm";
import { Choice, NumberField } from "@/app/_components/fields";
import { Time } from "@/app/_components/time";
import type { Key } from "./key";

const GRACE = [
  ["24", "in 24 hours"],
  ["1", "in 1 hour"],
  ["0", "at once"],
] as const;
const HOURS = { "24": 24, "1": 1, "0": 0 } as const;

interface Changes {
  revoke: (id: string) => void;
  rotate: (key: Key, graceHours: 0 | 1 | 24) => void;
  /** Null for who may not. */
  limit: ((id: string, requestsPerMinute: number) => void) | null;
}

const COLUMNS = ["Name", "May", "Whose", "Ends", "Last used", "Limit"];

export function KeyTable({ keys, ...changes }: Changes & { keys: Key[] }) {
  return (
    <div className="mt-4 overflow-x-auto [&_td]:py-1">
      <table className="table">
        <thead>
          <tr>
            {COLUMNS.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            <th scope="col">
              <span className="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {inOrder(keys).map((k) => (
            <KeyRow key={k.id} of={k} {...changes} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function isLive({ state }: Key): boolean {
  return state === "live" || state === "ends-soon";
}

/** Those that are refused come last. */
function inOrder(keys: Key[]): Key[] {
  return [...keys.filter(isLive), ...keys.filter((k) => !isLive(k))];
}

function KeyRow({ of: k, revoke, rotate, limit }: Changes & { of: Key }) {
  const live = isLive(k);
  return (
    <tr className={live ? undefined : "text-muted"}>
      <td>
        {k.name}
        <Beneath>
          <span className="font-mono">{k.prefix}…</span>
        </Beneath>
      </td>
      <td>
        {k.scopes.join(", ")}
        <Beneath>{projectsOf(k)}</Beneath>
      </td>
      <td>{k.service ? "the team’s" : (k.maker ?? "nobody’s")}</td>
      <td>
        <Ends of={k} />
      </td>
      <td>
        <Time at={k.lastUsedAt} />
        <Beneath>
          made <Time at={k.createdAt} />
        </Beneath>
      </td>
      <td>{limit && live ? <Limit of={k} limit={limit} /> : perMinute(k)}</td>
      <td className="right">
        {live && (
          <span className="inline-flex gap-2">
            <Rotate of={k} rotate={rotate} />
            <Confirm
              label="Revoke"
              title={`Revoke “${k.name}”?`}
              action="Revoke the key"
              onConfirm={() => revoke(k.id)}
            >
              Programs and workers that use it are refused from now on.
            </Confirm>
          </span>
        )}
      </td>
    </tr>
  );
}

function perMinute({ requestsPerMinute }: Key): string {
  return `${requestsPerMinute.toLocaleString("en-US")}/min`;
}

/** The second line of a cell. */
function Beneath({ children }: { children: ReactNode }) {
  return <span className="block max-w-64 overflow-hidden text-xs text-ellipsis text-muted">{children}</span>;
}

function projectsOf({ projects }: Key): ReactNode {
  if (projects === null) return "all projects";
  const text = projects.join(", ") || "no project that is left";
  return <span title={text}>{text}</span>;
}

/** When it ends, or why it has. */
function Ends({ of: { state, expiresAt, revokedAt, previousUntil } }: { of: Key }) {
  if (state === "revoked")
    return (
      <>
        revoked <Time at={revokedAt} />
      </>
    );
  if (state === "maker-left") return <span className="text-failed">ended: its maker left</span>;
  if (state === "maker-views") return <span className="text-failed">refused: its maker is a viewer</span>;
  return (
    <>
      {state === "expired" && <span className="text-failed">ended </span>}
      {state === "ends-soon" && <span className="text-diverged">soon: </span>}
      {expiresAt ? <Time at={expiresAt} /> : "never"}
      {previousUntil && state !== "expired" && (
        <Beneath>
          old secret: <Time at={previousUntil} />
        </Beneath>
      )}
    </>
  );
}

function Rotate({ of: key, rotate }: { of: Key; rotate: Changes["rotate"] }) {
  const [grace, setGrace] = useState<keyof typeof HOURS>("24");
  return (
    <Confirm
      label="Rotate"
      title={`A new secret for “${key.name}”?`}
      action="Make a new secret"
      tone="plain"
      onConfirm={() => rotate(key, HOURS[grace])}
    >
      <p className="mb-3">
        Name, scopes, projects and end stay. Give the new secret to its programs before the one that they use ends.
      </p>
      <Choice name="The secret of now ends" look="" value={grace} options={GRACE} onChange={setGrace} />
    </Confirm>
  );
}

function Limit({ of: key, limit }: { of: Key; limit: NonNullable<Changes["limit"]> }) {
  const [most, setMost] = useState(key.requestsPerMinute);
  return (
    <Confirm
      label={perMinute(key)}
      title={`Requests of “${key.name}”`}
      action="Save"
      tone="plain"
      onConfirm={() => limit(key.id, most)}
    >
      <p className="mb-3">What it sends beyond them in a minute is answered 429, with the seconds to wait.</p>
      <NumberField name="Requests a minute" value={most} onChange={setMost} />
    </Confirm>
  );
}
