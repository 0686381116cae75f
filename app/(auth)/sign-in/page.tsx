import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { Code } from "@/app/_components/page";
import { currentUser } from "@/server/auth";
import { RememberPath } from "./_components/remembered-path";
import { SignInFrame } from "./_components/sign-in-frame";

export const metadata: Metadata = { title: "Sign in" };
export const dynamic = "force-dynamic";

const ERRORS: Record<string, string> = {
  Verification: "This sign-in link was used already or is too old. Make a new one.",
  NoTeam: "You are signed in, but belong to no team. Ask an owner for an invitation.",
};

export default async function SignIn({ searchParams }: { searchParams: Promise<{ error?: string; from?: string }> }) {
  const { error, from } = await searchParams;
  if (!error && (await currentUser())) redirect("/");
  return (
    <SignInFrame title="Sign in with a one-time link">
      {from && <RememberPath path={from} />}
      {error && (
        <p role="alert" className="mt-3 rounded border border-failed px-3 py-2 text-failed">
          {ERRORS[error] ?? `Signing in failed (${error}). Make a new link.`}
        </p>
      )}
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
