import type { Metadata } from "next";
import { load } from "@/app/_components/require";
import { api } from "@/server/api/caller";
import { RunsView } from "./_components/runs-view";

export const metadata: Metadata = { title: "Runs" };

export default async function Runs({ params }: { params: Promise<{ team: string; project: string }> }) {
  const { team, project } = await params;
  await load(() => api.project.get({ team, slug: project }));
  return <RunsView team={team} project={project} />;
}
