import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { PageHeader } from "@/app/_components/page";
import { load } from "@/app/_components/require";
import { TimeZone } from "@/app/_components/time";
import { api } from "@/server/api/caller";
import { currentUser, signInPath } from "@/server/auth";
import { DeleteAccount } from "./_components/delete-account";
import { Invitations } from "./_components/invitations";
import { Profile } from "./_components/profile";
import { Sessions } from "./_components/sessions";
import { Teams } from "./_components/teams";

export const metadata: Metadata = { title: "Your account" };
export const dynamic = "force-dynamic";

/** What belongs to a person, whichever team she is in. */
export default async function Account() {
  if (!(await currentUser())) redirect(await signInPath());
  const account = await load(() => api.account.get());
  return (
    <main className="mx-auto w-full max-w-4xl p-4 md:p-6">
      <p className="mb-4">
        <Link href="/" className="text-[17px] font-semibold tracking-tight">
          <span className="mr-1.5 font-serif text-accent italic">η</span>Etalon
        </Link>
      </p>
      <PageHeader
        title="Your account"
        actions={
          <a className="button" href="/sign-out">
            Sign out
          </a>
        }
      >
        {account.email}
      </PageHeader>
      <TimeZone zone={account.timeZone}>
        <div className="space-y-4">
          <Profile
            name={account.name ?? ""}
            timeZone={account.timeZone}
            zones={[...new Set(["UTC", account.timeZone, ...Intl.supportedValuesOf("timeZone")])]}
            email={account.email ?? ""}
            isProven={account.emailVerified !== null}
          />
          <Invitations invitations={account.invitations} />
          <Teams teams={account.teams} />
          <Sessions initial={await load(() => api.account.sessions())} />
          <DeleteAccount email={account.email ?? ""} />
        </div>
      </TimeZone>
    </main>
  );
}
