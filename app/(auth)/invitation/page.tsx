import type { Metadata } from "next";
import Link from "next/link";
import type { ReactNode } from "react";
import { aRole } from "@/app/_components/role";
import { Time } from "@/app/_components/time";
import { api } from "@/server/api/caller";
import { currentUser } from "@/server/auth";
import { RememberPath } from "../sign-in/_components/remembered-path";
import { SignInFrame } from "../sign-in/_components/sign-in-frame";

export const metadata: Metadata = { title: "Invitation", robots: { index: false } };
export const dynamic = "force-dynamic";

const MAY = {
  viewer: "You will see everything of the team.",
  editor: "You will see and change everything of the team but its people, keys and whole projects.",
  owner: "You will be able to do everything, with people and keys too.",
};

/** Where the link of an invitation leads: opening it uses nothing up, its button does. */
export default async function Invitation({ searchParams }: { searchParams: Promise<{ token?: string }> }) {
  const { token = "" } = await searchParams;
  const [offer, user] = await Promise.all([api.invitation.offered({ token }).catch(() => null), currentUser()]);
  if (!offer) return <Refused>This link is no invitation, or the team is gone. Ask for another.</Refused>;
  if (offer.state === "accepted")
    return (
      <Refused link={["/", user ? "Go on" : "Sign in"]}>This invitation to {offer.team} was accepted already.</Refused>
    );
  if (offer.state !== "open")
    return (
      <Refused>
        This invitation to {offer.team} {offer.state === "revoked" ? "was revoked" : "is too old"}. Ask for another.
      </Refused>
    );
  const self = user ? (await api.account.get()).email : null;
  const path = `/invitation?${new URLSearchParams({ token })}`;
  if (self !== null && self !== offer.email)
    return (
      <Refused link={["/sign-out", "Sign out"]}>
        This invitation is for {offer.email}, and you are signed in as {self}. Sign out, then open the link again.
      </Refused>
    );
  if (self === null && offer.isKnown && !offer.mailed)
    return (
      <Refused link={[`/sign-in?${new URLSearchParams({ from: path })}`, "Sign in"]}>
        <RememberPath path={path} />
        {offer.email} has an account here. Sign in first; you come back to this invitation to {offer.team}.
      </Refused>
    );
  return (
    <SignInFrame title={`Join ${offer.team}`}>
      <p className="mt-3 text-muted">
        {offer.by ?? "The server"} invites <strong className="font-medium text-text break-all">{offer.email}</strong> to
        the team {offer.team}, as {aRole(offer.role)}. {MAY[offer.role]}
      </p>
      <form method="post" action="/api/invitation" className="mt-5">
        <input type="hidden" name="token" value={token} />
        <button type="submit" className="button button-primary">
          Accept the invitation
        </button>
      </form>
      <p className="mt-4 text-xs text-muted">
        Good until <Time at={offer.expiresAt} />. The link works once; nobody but you should have it.
      </p>
    </SignInFrame>
  );
}

function Refused({ children, link }: { children: ReactNode; link?: [href: string, name: string] }) {
  return (
    <SignInFrame title="Invitation">
      <p role="status" className="mt-3 text-muted">
        {children}
      </p>
      {link && (
        <p className="mt-4">
          <Link className="button button-primary" href={link[0]}>
            {link[1]}
          </Link>
        </p>
      )}
    </SignInFrame>
  );
}
