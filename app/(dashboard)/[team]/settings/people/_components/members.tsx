"use client";

import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Confirm } from "@/app/_components/confirm";
import { Choice, TextField } from "@/app/_components/fields";
import { ErrorNote, Panel } from "@/app/_components/page";
import { Pager } from "@/app/_components/pager";
import { Time } from "@/app/_components/time";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import { type Link, LinkNote } from "./link-note";
import { ROLE_OPTIONS, ROLES, type Role } from "./roles";

type Found = Outputs["member"]["find"];
type Member = Found["members"][number];

/** As many as the server gives at once. */
const A_PAGE = 50;

/** The team's people. Owners change and remove them; others see who is there. */
export function Members({ team, initial, isOwner }: { team: string; initial: Found; isOwner: boolean }) {
  const [text, setText] = useState("");
  const [skip, setSkip] = useState(0);
  const isFirst = text === "" && skip === 0;
  const { data: found = initial } = useQuery({
    ...useTRPC().member.find.queryOptions({ team, page: { text, skip } }),
    initialData: isFirst ? initial : undefined,
    placeholderData: keepPreviousData,
  });
  const { members: list, total } = found;
  const [link, setLink] = useState<Link | null>(null);
  const changes = useChanges(team, setLink);
  return (
    <Panel title="Members" note={initial.total === 1 ? "you are alone here so far" : `${initial.total} people`}>
      {initial.total > initial.members.length && (
        <TextField
          name="Find by name or e-mail"
          type="search"
          className="mb-3 max-w-sm"
          value={text}
          onChange={(t) => {
            setText(t);
            setSkip(0);
          }}
        />
      )}
      {link && <LinkNote link={link}>It signs in once, within three days, and is shown only here.</LinkNote>}
      {changes.error && <ErrorNote>{changes.error.message}</ErrorNote>}
      <div className="overflow-x-auto">
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
      {total === 0 && <p className="mt-3 text-muted">Nobody is called that.</p>}
      <Pager skip={skip} shown={list.length} total={total} pageSize={A_PAGE} onSkip={setSkip} />
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
    onSuccess: () => void client.invalidateQueries({ queryKey: trpc.member.find.queryKey() }),
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
        {m.byClaims && (
          <span
            className="ml-2 text-xs text-muted"
            title="Made by the claims of single sign-on, which say the role too"
          >
            by claims
          </span>
        )}
      </td>
      <td>
        <Time at={m.joinedAt} />
      </td>
      {changes && (
        <td className="right">
          <span className="inline-flex gap-2">
            <button
              type="button"
              className="button"
              title="A one-time link to sign in, for who lost hers"
              disabled={changes.isLinking}
              onClick={() => changes.makeLink(m)}
            >
              Sign-in link
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
