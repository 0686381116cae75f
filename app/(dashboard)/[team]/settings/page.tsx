import type { Metadata } from "next";
import { PageHeader, Panel } from "@/app/_components/page";
import { load } from "@/app/_components/require";
import { Term } from "@/app/_components/term";
import { api } from "@/server/api/caller";
import { ApiKeys } from "./_components/api-keys";
import { Members } from "./_components/members";
import { TeamSettings } from "./_components/team-settings";

export const metadata: Metadata = { title: "Settings" };

export default async function Settings({ params }: { params: Promise<{ team: string }> }) {
  const { team } = await params;
  const teams = await load(() => api.team.list());
  const role = teams.find((t) => t.slug === team)?.role;
  return (
    <>
      <PageHeader title="Settings">
        People of the <Term name="team">team</Term> with their <Term name="role">roles</Term>, and keys for programs and
        workers with their <Term name="scope">scopes</Term>.
      </PageHeader>
      <div className="space-y-4">
        <Members team={team} initial={await load(() => api.member.list({ team }))} isOwner={role === "owner"} />
        <TeamSettings team={team} initial={await load(() => api.team.settings({ team }))} isOwner={role === "owner"} />
        {role === "owner" ? (
          <ApiKeys team={team} initial={await load(() => api.apiKey.list({ team }))} />
        ) : (
          <Panel>Only owners of the team see and make API keys. Your role: {role}.</Panel>
        )}
      </div>
    </>
  );
}
