import type { Metadata } from "next";
import { PageHeader } from "@/app/_components/page";
import { load } from "@/app/_components/require";
import { Term } from "@/app/_components/term";
import { api } from "@/server/api/caller";
import { DeleteTeam } from "./_components/delete-team";
import { TeamName } from "./_components/team-name";
import { TeamSettings } from "./_components/team-settings";

export const metadata: Metadata = { title: "Team settings" };

export default async function Settings({ params }: { params: Promise<{ team: string }> }) {
  const { team: slug } = await params;
  const teams = await load(() => api.team.list());
  const team = teams.find((t) => t.slug === slug)!;
  const isOwner = team.role === "owner";
  return (
    <>
      <PageHeader title={team.name}>
        The <Term name="team">team</Term> that all projects here belong to. Your <Term name="role">role</Term> is{" "}
        {team.role}
        {!isOwner && ": owners of the team change what stands here"}.
      </PageHeader>
      <div className="space-y-4">
        <TeamName team={slug} name={team.name} isOwner={isOwner} />
        <TeamSettings team={slug} initial={await load(() => api.team.settings({ team: slug }))} isOwner={isOwner} />
        {isOwner && <DeleteTeam team={slug} name={team.name} />}
      </div>
    </>
  );
}
