import type { Metadata } from "next";
import { RememberedPath } from "../_components/remembered-path";
import { SignInFrame } from "../_components/sign-in-frame";

export const metadata: Metadata = { title: "Sign in", robots: { index: false } };
export const dynamic = "force-dynamic";

/** Where a one-time link leads: opening it uses nothing up, its button does. */
export default async function SignInLink({
  searchParams,
}: {
  searchParams: Promise<{ token?: string; email?: string }>;
}) {
  const { token = "", email = "" } = await searchParams;
  return (
    <SignInFrame title="Sign in to Etalon">
      <p className="mt-3 text-muted">
        as <strong className="font-medium text-text break-all">{email}</strong>
      </p>
      <form method="post" action="/api/sign-in" className="mt-5">
        <input type="hidden" name="token" value={token} />
        <input type="hidden" name="email" value={email} />
        <RememberedPath />
        <button type="submit" className="button button-primary">
          Sign in
        </button>
      </form>
      <p className="mt-4 text-xs text-muted">The link works once. Nobody but you should have it.</p>
    </SignInFrame>
  );
}
