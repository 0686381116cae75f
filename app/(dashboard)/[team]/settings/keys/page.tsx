import type { Metadata } from "next";
import { PageHeader, Panel } from "@/app/_components/page";
import { load } from "@/app/_components/require";
import { Term } from "@/app/_components/term";
import { api } from "@/server/api/caller";
import { ApiKeys } from "./_components/api-keys";

export const metadata: Metadata = { title: "API keys" };

export default async function Keys({ params }: { params: Promise<{ team: string }> }) {
  const { team } = await params;
  const teams = await load(() => api.team.list());
  const role = teams.find((t) => t.slug === team)?.role;
  return (
    <>
      <PageHeader title="API keys">
        Keys for programs and workers, with their <Term name="scope">scopes</Term>.
      </PageHeader>
      {role === "viewer" ? (
        <Panel>Owners and editors of the team make API keys. Your role: viewer.</Panel>
      ) : (
        <ApiKeys
          team={team}
          initial={await load(() => api.apiKey.find({ team, page: {} }))}
          projects={await load(() => api.project.names({ team }))}
          isOwner={role === "owner"}
        />
      )}
    </>
  );
}
