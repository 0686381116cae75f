import type { Metadata } from "next";
import { PageHeader } from "@/app/_components/page";
import { load } from "@/app/_components/require";
import { Term } from "@/app/_components/term";
import { api } from "@/server/api/caller";
import { Invitations } from "./_components/invitations";
import { LeaveTeam } from "./_components/leave-team";
import { Members } from "./_components/members";

export const metadata: Metadata = { title: "People" };

export default async function People({ params }: { params: Promise<{ team: string }> }) {
  const { team: slug } = await params;
  const teams = await load(() => api.team.list());
  const team = teams.find((t) => t.slug === slug)!;
  const isOwner = team.role === "owner";
  return (
    <>
      <PageHeader title="People" actions={<LeaveTeam team={slug} name={team.name} />}>
        Who is in the <Term name="team">team</Term>, with which <Term name="role">role</Term>.{" "}
        {isOwner ? "Invite colleagues, change what they may do, or remove them." : "Owners of the team invite people."}
      </PageHeader>
      <div className="space-y-4">
        {isOwner && <Invitations team={slug} initial={await load(() => api.invitation.list({ team: slug }))} />}
        <Members team={slug} initial={await load(() => api.member.find({ team: slug, page: {} }))} isOwner={isOwner} />
      </div>
    </>
  );
}
