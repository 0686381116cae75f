"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Confirm } from "@/app/_components/confirm";
import { Copy } from "@/app/_components/copy";
import { Choice, TextField } from "@/app/_components/fields";
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
const ROLE_OPTIONS = ROLES.map(([role, what]) => [role, role, what] as const);

interface Link {
  email: string;
  address: string;
}

/** The team's people. Owners add, change and remove them; others see who is there. */
export function Members({ team, initial, isOwner }: { team: string; initial: Member[]; isOwner: boolean }) {
  const list = useQuery({ ...useTRPC().member.list.queryOptions({ team }), initialData: initial }).data;
  const [link, setLink] = useState<Link | null>(null);
  const changes = useChanges(team, setLink);
  return (
    <Panel
      title="Members"
      note={isOwner ? "a new member signs in by a one-time link" : "owners of the team add people"}
    >
      {isOwner && <AddMember team={team} onAdded={setLink} />}
      {link && (
        <div role="status" className="mt-3 rounded border border-finished px-3 py-2">
          <p>
            Give this link to {link.email}. It signs in once, and is shown only here.{" "}
            <Copy text={link.address} label="Copy the link" />
          </p>
          <p className="mt-1 font-mono text-xs break-all">{link.address}</p>
        </div>
      )}
      {changes.error && <ErrorNote>{changes.error.message}</ErrorNote>}
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
              <MemberRow key={m.userId} member={m} changes={isOwner ? changes : null} />
            ))}
          </tbody>
        </table>
      </div>
      <p className="mt-3 text-xs text-muted">{ROLES.map(([role, what]) => `${role}: ${what}`).join(" · ")}</p>
    </Panel>
  );
}

type Changes = ReturnType<typeof useChanges>;

/** What an owner may do with a member. */
function useChanges(team: string, onLink: (link: Link) => void) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const refresh = {
    onSuccess: () => void client.invalidateQueries({ queryKey: trpc.member.list.queryKey({ team }) }),
  };
  const fresh = useMutation(trpc.member.link.mutationOptions());
  const role = useMutation(trpc.member.changeRole.mutationOptions(refresh));
  const removal = useMutation(trpc.member.remove.mutationOptions(refresh));
  return {
    error: fresh.error ?? role.error ?? removal.error,
    isLinking: fresh.isPending,
    changeRole: ({ userId }: Member, to: Role) => role.mutate({ team, member: { userId, role: to } }),
    remove: ({ userId }: Member) => removal.mutate({ team, member: { userId } }),
    makeLink: ({ userId, email }: Member) =>
      fresh.mutate(
        { team, member: { userId } },
        { onSuccess: ({ link }) => onLink({ email: email ?? "", address: link }) },
      ),
  };
}

function MemberRow({ member: m, changes }: { member: Member; changes: Changes | null }) {
  return (
    <tr>
      <td>{m.name}</td>
      <td>{m.email}</td>
      <td>
        {changes ? (
          <Choice
            label={`Role of ${m.email}`}
            look="h-7! text-xs"
            value={m.role}
            options={ROLE_OPTIONS}
            onChange={(role) => changes.changeRole(m, role)}
          />
        ) : (
          m.role
        )}
      </td>
      <td>
        <Time at={m.joinedAt} />
      </td>
      {changes && (
        <td className="right">
          <span className="inline-flex gap-2">
            <button type="button" className="button" disabled={changes.isLinking} onClick={() => changes.makeLink(m)}>
              New link
            </button>
            <Confirm label="Remove" title={`Remove ${m.email}?`} action="Remove" onConfirm={() => changes.remove(m)}>
              Her sessions of this team end at once. What she has made stays.
            </Confirm>
          </span>
        </td>
      )}
    </tr>
  );
}

function AddMember({ team, onAdded }: { team: string; onAdded: (link: Link) => void }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("editor");
  const trpc = useTRPC();
  const client = useQueryClient();
  const add = useMutation(
    trpc.member.add.mutationOptions({
      onSuccess: (made) => {
        setEmail("");
        onAdded({ email: made.email, address: made.link });
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
      <TextField
        name="E-mail of a new member"
        className="min-w-52 flex-1"
        type="email"
        required
        maxLength={320}
        value={email}
        onChange={setEmail}
      />
      <Choice name="Role of the new member" look="" value={role} options={ROLE_OPTIONS} onChange={setRole} />
      <button type="submit" className="button button-primary" disabled={add.isPending}>
        Add
      </button>
      {add.error && <ErrorNote>{add.error.message}</ErrorNote>}
    </form>
  );
}
