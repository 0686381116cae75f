import type { Metadata } from "next";
import { PageHeader, Panel } from "@/app/_components/page";
import { load } from "@/app/_components/require";
import { Term } from "@/app/_components/term";
import { api } from "@/server/api/caller";
import { SsoRequired } from "./_components/sso-required";
import { Roles, Ways, WhoIsLetIn } from "./_components/ways";

export const metadata: Metadata = { title: "Sign-in" };

/** How people of the team come in. */
export default async function SignIn({ params }: { params: Promise<{ team: string }> }) {
  const { team } = await params;
  const teams = await load(() => api.team.list());
  if (teams.find((t) => t.slug === team)?.role !== "owner")
    return (
      <>
        <PageHeader title="Sign-in" />
        <Panel>Only owners of the team see how its people sign in.</Panel>
      </>
    );
  const signIn = await load(() => api.team.signIn({ team }));
  return (
    <>
      <PageHeader title="Sign-in">
        How people come in, by a link or by <Term name="single sign-on">single sign-on</Term>. Whoever runs the server
        turns ways on and off, in its environment; what stands here holds since its last start.
      </PageHeader>
      <div className="space-y-4">
        <SsoRequired team={team} initial={signIn} />
        <Ways signIn={signIn} />
        <WhoIsLetIn signIn={signIn} />
        <Roles signIn={signIn} />
      </div>
    </>
  );
}
