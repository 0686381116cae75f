"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Confirm } from "@/app/_components/confirm";
import { Choice, TextField } from "@/app/_components/fields";
import { ErrorNote, Panel } from "@/app/_components/page";
import { Time } from "@/app/_components/time";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import { LinkNote } from "./link-note";
import { ROLE_OPTIONS, type Role } from "./roles";

type Listed = Outputs["invitation"]["list"];
type Invited = Outputs["invitation"]["create"];

/** Asks people to join, and shows who was asked and has not come yet. */
export function Invitations({ team, initial }: { team: string; initial: Listed }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.invitation.list.queryOptions({ team });
  const { invitations, sendsMail } = useQuery({ ...options, initialData: initial }).data;
  const [sent, setSent] = useState<Invited | null>(null);
  const refresh = () => void client.invalidateQueries({ queryKey: options.queryKey });
  const onSent = (invited: Invited) => {
    setSent(invited);
    refresh();
  };
  const renew = useMutation(trpc.invitation.renew.mutationOptions({ onSuccess: onSent }));
  const revoke = useMutation(
    trpc.invitation.revoke.mutationOptions({
      onSuccess: (_, { id }) => {
        if (sent?.id === id) setSent(null);
        refresh();
      },
    }),
  );
  const error = renew.error ?? revoke.error;
  return (
    <Panel
      title="Invite"
      note={sendsMail ? "the link goes out by e-mail" : "you get a link to give on: this server sends no e-mail"}
    >
      <Invite team={team} onSent={onSent} sendsMail={sendsMail} />
      {sent && <Sent invited={sent} />}
      {error && <ErrorNote>{error.message}</ErrorNote>}
      {invitations.length === 0 ? (
        <p className="mt-4 text-muted">No open invitations.</p>
      ) : (
        <div className="mt-4 overflow-x-auto">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Invited</th>
                <th scope="col">Role</th>
                <th scope="col">By</th>
                <th scope="col">Good until</th>
                <th scope="col">
                  <span className="sr-only">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {invitations.map((i) => (
                <tr key={i.id}>
                  <td>{i.email}</td>
                  <td>{i.role}</td>
                  <td>{i.by ?? "-"}</td>
                  <td>
                    {new Date(i.expiresAt) < new Date() && <span className="text-failed">too old: </span>}
                    <Time at={i.expiresAt} />
                  </td>
                  <td className="right">
                    <span className="inline-flex gap-2">
                      {sendsMail && (
                        <button
                          type="button"
                          className="button"
                          disabled={renew.isPending}
                          onClick={() => renew.mutate({ team, invitation: { id: i.id, by: "mail" } })}
                        >
                          Send again
                        </button>
                      )}
                      <button
                        type="button"
                        className="button"
                        disabled={renew.isPending}
                        title="The link before is worth nothing from then on"
                        onClick={() => renew.mutate({ team, invitation: { id: i.id, by: "link" } })}
                      >
                        New link
                      </button>
                      <Confirm
                        label="Revoke"
                        title={`Revoke the invitation of ${i.email}?`}
                        action="Revoke"
                        onConfirm={() => revoke.mutate({ team, id: i.id })}
                      >
                        Its link is worth nothing from then on. You can invite again.
                      </Confirm>
                    </span>
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

function Sent({ invited }: { invited: Invited }) {
  const { email, link, mailError } = invited;
  if (link)
    return (
      <LinkNote link={{ email, address: link }}>
        Whoever has it can join as that address, once; it is shown only here.
      </LinkNote>
    );
  if (mailError)
    return (
      <ErrorNote>
        The invitation of {email} stands, but its mail did not go out: {mailError}. Send it again, or make a link.
      </ErrorNote>
    );
  return (
    <p role="status" className="mt-3 rounded border border-finished px-3 py-2">
      The invitation is on its way to {email}.
    </p>
  );
}

const DAYS = [1, 7, 30, 90].map((n) => [String(n), n === 1 ? "1 day" : `${n} days`, ""] as const);

function Invite({ team, onSent, sendsMail }: { team: string; onSent: (i: Invited) => void; sendsMail: boolean }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("editor");
  const [days, setDays] = useState("7");
  const invite = useMutation(
    useTRPC().invitation.create.mutationOptions({
      onSuccess: (invited) => {
        setEmail("");
        onSent(invited);
      },
    }),
  );
  return (
    <form
      className="flex flex-wrap items-end gap-3"
      onSubmit={(e) => {
        e.preventDefault();
        invite.mutate({ team, invitation: { email: email.trim(), role, days: Number(days) } });
      }}
    >
      <TextField
        name="E-mail of a colleague"
        className="min-w-52 flex-1"
        type="email"
        required
        maxLength={320}
        value={email}
        onChange={setEmail}
      />
      <Choice
        name="Role"
        label="Role of the colleague"
        look=""
        value={role}
        options={ROLE_OPTIONS}
        onChange={setRole}
      />
      <Choice name="Good for" look="" value={days} options={DAYS} onChange={setDays} />
      <button type="submit" className="button button-primary" disabled={invite.isPending}>
        {sendsMail ? "Send invitation" : "Make invitation"}
      </button>
      {invite.error && <ErrorNote>{invite.error.message}</ErrorNote>}
    </form>
  );
}
