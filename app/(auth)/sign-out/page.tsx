import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { currentUser, mailsLinks, signInProviders, signOut } from "@/server/auth";

export const metadata: Metadata = { title: "Sign out" };
export const dynamic = "force-dynamic";

export default async function SignOut() {
  if (!(await currentUser())) redirect("/sign-in");
  const providers = signInProviders();
  async function leave() {
    "use server";
    await signOut({ redirectTo: "/sign-in" });
  }
  return (
    <main className="flex min-h-dvh items-center justify-center p-4">
      <form action={leave} className="panel w-full max-w-md p-8">
        <h1>Sign out?</h1>
        <p className="mt-2 text-muted">
          {providers.length > 0
            ? `You come back with ${providers.map((p) => p.name).join(" or ")}, or a new one-time link: `
            : "You need a new one-time link to come back: "}
          {mailsLinks()
            ? "the sign-in page mails one."
            : "an owner of your team makes one, or: npx etalon sign-in-link."}
        </p>
        <div className="mt-5 flex gap-2">
          <button type="submit" className="button button-primary">
            Sign out
          </button>
          <a className="button" href="/">
            Stay
          </a>
        </div>
      </form>
    </main>
  );
}
