import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { Code } from "@/app/_components/page";
import { currentUser } from "@/server/auth";

export const metadata: Metadata = { title: "Sign in" };
export const dynamic = "force-dynamic";

const ERRORS: Record<string, string> = {
  Verification: "This sign-in link was used already or is older than 15 minutes. Make a new one.",
  NoTeam: "You are signed in, but belong to no team. Ask an owner for an invitation.",
};

export default async function SignIn({ searchParams }: { searchParams: Promise<{ error?: string }> }) {
  const { error } = await searchParams;
  if (!error && (await currentUser())) redirect("/");
  return (
    <main className="flex min-h-dvh items-center justify-center p-4">
      <div className="panel w-full max-w-lg p-8">
        <p className="text-[19px] font-semibold tracking-tight">
          <span className="mr-1.5 font-serif text-accent italic">η</span>Etalon
        </p>
        <h1 className="mt-6">Sign in with a one-time link</h1>
        {error && (
          <p role="alert" className="mt-3 rounded border border-failed px-3 py-2 text-failed">
            {ERRORS[error] ?? `Signing in failed (${error}). Make a new link.`}
          </p>
        )}
        <p className="mt-3 text-muted">
          The server printed a link when it started. For a new one, run this in its folder and open what it prints; the
          link works once, for 15 minutes.
        </p>
        <p className="mt-3">
          <Code>npx etalon sign-in-link</Code>
        </p>
      </div>
    </main>
  );
}
