import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { Code } from "@/app/_components/page";
import { currentTeams, currentUser, mailsLinks, opens, signInProviders } from "@/server/auth";
import { MailLink } from "./_components/mail-link";
import { Providers } from "./_components/providers";
import { RememberPath } from "./_components/remembered-path";
import { SignInFrame } from "./_components/sign-in-frame";

export const metadata: Metadata = { title: "Sign in" };
export const dynamic = "force-dynamic";

const AGAIN = "Begin again; if it fails again, the server's log says why.";
const ERRORS: Record<string, string> = {
  Verification: "This sign-in link was used already or is too old. Make a new one.",
  Unverified:
    "The provider does not vouch for your e-mail address. Verify the address there, then sign in again, or ask an owner of your team for a link.",
  NotInvited:
    "Nobody with your e-mail address has an account here. Ask an owner of a team for an invitation to that address.",
  OtherAccount:
    "Your e-mail address belongs to somebody here who signs in with another account of this provider. Whoever runs the server can untie it: npx etalon member unlink ADDRESS.",
  OAuthCallbackError: "The provider did not sign you in. Begin again, or take another way.",
  Configuration: `Signing in with the provider failed: it is away, took too long, or did not answer what it was asked. ${AGAIN}`,
  AccessDenied: `Signing in failed on this server. ${AGAIN}`,
};

interface Asked {
  error?: string;
  from?: string;
  /** A link was asked for by mail. */
  sent?: string;
  /** A team that asks for single sign-on. */
  team?: string;
}

export default async function SignIn({ searchParams }: { searchParams: Promise<Asked> }) {
  const { error, from, sent, team: slug } = await searchParams;
  const user = await currentUser();
  const team = user && slug ? (await currentTeams()).find((t) => t.slug === slug && !opens(user, t)) : undefined;
  if (team) return <SsoAsked team={team.name} from={from} />;
  if (!error && user) redirect("/");
  const providers = signInProviders();
  return (
    <SignInFrame title={providers.length > 0 ? "Sign in" : "Sign in with a one-time link"}>
      {from && <RememberPath path={from} />}
      {error && (
        <p role="alert" className="mt-3 rounded border border-failed px-3 py-2 text-failed">
          {ERRORS[error] ?? `Signing in failed (${error}). ${AGAIN}`}
        </p>
      )}
      {sent && (
        <p role="status" className="mt-3 rounded border border-finished px-3 py-2">
          If the address belongs to somebody here, a link is on its way to it. It works once, within 15 minutes. None
          came? Look at the spam folder, or ask an owner of your team.
        </p>
      )}
      {providers.length > 0 && (
        <>
          <Providers providers={providers} from={from} />
          <h2 className="mt-6">With a one-time link</h2>
        </>
      )}
      {mailsLinks() && <MailLink />}
      <p className="mt-3 text-muted">
        Open the link that you were given{from ? "; it leads to the page that you asked for" : ""}. An owner of the team
        makes links in Settings, or in the server's folder:
      </p>
      <p className="mt-3">
        <Code>npx etalon sign-in-link</Code>
      </p>
    </SignInFrame>
  );
}

/** For a member whose session a link began. */
function SsoAsked({ team, from }: { team: string; from?: string }) {
  const providers = signInProviders();
  return (
    <SignInFrame title={`${team} asks for single sign-on`}>
      {from && <RememberPath path={from} />}
      {providers.length > 0 ? (
        <>
          <p className="mt-3 text-muted">
            You came in by a one-time link, which opens your other teams only. Sign in with an account whose e-mail
            address is yours here.
          </p>
          <Providers providers={providers} from={from} />
        </>
      ) : (
        <p role="alert" className="mt-3 rounded border border-failed px-3 py-2 text-failed">
          This server has no provider to sign in with any more. Whoever runs it turns one on, or opens the team:{" "}
          <Code>npx etalon team sso off ADDRESS</Code>
        </p>
      )}
      <p className="mt-4">
        <Link className="link" href="/account">
          Your account and other teams
        </Link>
      </p>
    </SignInFrame>
  );
}
