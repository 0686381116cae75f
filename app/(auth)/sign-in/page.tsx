import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { Code } from "@/app/_components/page";
import { currentUser, mailsLinks } from "@/server/auth";
import { MailLink } from "./_components/mail-link";
import { RememberPath } from "./_components/remembered-path";
import { SignInFrame } from "./_components/sign-in-frame";

export const metadata: Metadata = { title: "Sign in" };
export const dynamic = "force-dynamic";

const ERRORS: Record<string, string> = {
  Verification: "This sign-in link was used already or is too old. Make a new one.",
};

interface Asked {
  error?: string;
  from?: string;
  /** A link was asked for by mail. */
  sent?: string;
}

export default async function SignIn({ searchParams }: { searchParams: Promise<Asked> }) {
  const { error, from, sent } = await searchParams;
  if (!error && (await currentUser())) redirect("/");
  return (
    <SignInFrame title="Sign in with a one-time link">
      {from && <RememberPath path={from} />}
      {error && (
        <p role="alert" className="mt-3 rounded border border-failed px-3 py-2 text-failed">
          {ERRORS[error] ?? `Signing in failed (${error}). Make a new link.`}
        </p>
      )}
      {sent && (
        <p role="status" className="mt-3 rounded border border-finished px-3 py-2">
          If the address belongs to somebody here, a link is on its way to it. It works once, within 15 minutes. None
          came? Look at the spam folder, or ask an owner of your team.
        </p>
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
