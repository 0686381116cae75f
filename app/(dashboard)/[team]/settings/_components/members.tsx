"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Confirm } from "@/app/_components/confirm";
import { Copy } from "@/app/_components/copy";
import { ErrorNote, Panel } from "@/app/_components/page";
import { Time } from "@/app/_components/time";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";

type Member = Outputs["member"]["list"][number];
type Role = Member["role"];

const ROLES: [Role, string][] = [
  ["viewer", "sees everything"],
  ["editor", "changes everything but people, keys and the whole project"],
  ["owner", "may do everything"],
];

/** The team's people. Owners add, change and remove them; others see who is there. */
export function Members({ team, initial, isOwner }: { team: string; initial: Member[]; isOwner: boolean }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.member.list.queryOptions({ team });
  const list = useQuery({ ...options, initialData: initial }).data;
  const [link, setLink] = useState<{ email: string; address: string } | null>(null);
  const refresh = { onSuccess: () => void client.invalidateQueries({ queryKey: options.queryKey }) };
  const fresh = useMutation(trpc.member.link.mutationOptions());
  const changeRole = useMutation(trpc.member.changeRole.mutationOptions(refresh));
  const remove = useMutation(trpc.member.remove.mutationOptions(refresh));
  const error = fresh.error ?? changeRole.error ?? remove.error;
  return (
    <Panel
      title="Members"
      note={isOwner ? "a new member signs in by a one-time link" : "owners of the team add people"}
    >
      {isOwner && <AddMember team={team} onAdded={(email, address) => setLink({ email, address })} />}
      {link && (
        <div role="status" className="mt-3 rounded border border-finished px-3 py-2">
          <p>
            Give this link to {link.email}. It signs in once, and is shown only here.{" "}
            <Copy text={link.address} label="Copy the link" />
          </p>
          <p className="mt-1 font-mono text-xs break-all">{link.address}</p>
        </div>
      )}
      {error && <ErrorNote>{error.message}</ErrorNote>}
      <div className="mt-4 overflow-x-auto">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">E-mail</th>
              <th scope="col">Role</th>
              <th scope="col">Since</th>
              {isOwner && (
                <th scope="col">
                  <span className="sr-only">Actions</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {list.map((m) => (
              <tr key={m.userId}>
                <td>{m.name}</td>
                <td>{m.email}</td>
                <td>
                  {isOwner ? (
                    <select
                      className="field h-7! text-xs"
                      aria-label={`Role of ${m.email}`}
                      value={m.role}
                      onChange={(e) =>
                        changeRole.mutate({ team, member: { userId: m.userId, role: e.target.value as Role } })
                      }
                    >
                      {ROLES.map(([role, what]) => (
                        <option key={role} value={role} title={what}>
                          {role}
                        </option>
                      ))}
                    </select>
                  ) : (
                    m.role
                  )}
                </td>
                <td>
                  <Time at={m.joinedAt} />
                </td>
                {isOwner && (
                  <td className="right">
                    <span className="inline-flex gap-2">
                      <button
                        type="button"
                        className="button"
                        disabled={fresh.isPending}
                        onClick={() =>
                          fresh.mutate(
                            { team, member: { userId: m.userId } },
                            { onSuccess: (made) => setLink({ email: m.email ?? "", address: made.link }) },
                          )
                        }
                      >
                        New link
                      </button>
                      <Confirm
                        label="Remove"
                        title={`Remove ${m.email}?`}
                        action="Remove"
                        onConfirm={() => remove.mutate({ team, member: { userId: m.userId } })}
                      >
                        Her sessions of this team end at once. What she has made stays.
                      </Confirm>
                    </span>
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="mt-3 text-xs text-muted">{ROLES.map(([role, what]) => `${role}: ${what}`).join(" · ")}</p>
    </Panel>
  );
}

function AddMember({ team, onAdded }: { team: string; onAdded: (email: string, link: string) => void }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("editor");
  const trpc = useTRPC();
  const client = useQueryClient();
  const add = useMutation(
    trpc.member.add.mutationOptions({
      onSuccess: (made) => {
        setEmail("");
        onAdded(made.email, made.link);
        void client.invalidateQueries({ queryKey: trpc.member.list.queryKey({ team }) });
      },
    }),
  );
  return (
    <form
      className="flex flex-wrap items-end gap-3"
      onSubmit={(e) => {
        e.preventDefault();
        add.mutate({ team, member: { email: email.trim(), role } });
      }}
    >
      <label className="min-w-52 flex-1">
        <span className="label">E-mail of a new member</span>
        <input
          className="field w-full"
          type="email"
          required
          maxLength={320}
          value={email}
          onChange={(e) => setEmail(e.target.value)}
        />
      </label>
      <label>
        <span className="label">Role of the new member</span>
        <select className="field" value={role} onChange={(e) => setRole(e.target.value as Role)}>
          {ROLES.map(([name, what]) => (
            <option key={name} value={name} title={what}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" className="button button-primary" disabled={add.isPending}>
        Add
      </button>
      {add.error && <ErrorNote>{add.error.message}</ErrorNote>}
    </form>
  );
}
