import type { Metadata } from "next";
import { load } from "@/app/_components/require";
import { api } from "@/server/api/caller";
import { RunView } from "./_components/run-view";

export const metadata: Metadata = { title: "Run" };

export default async function RunPage({ params }: { params: Promise<{ team: string; project: string; run: string }> }) {
  const { team, project, run: id } = await params;
  const run = await load(() => api.run.get({ team, id }));
  return <RunView team={team} project={project} initial={run} />;
}
