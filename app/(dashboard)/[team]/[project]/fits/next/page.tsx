import type { Metadata } from "next";
import { load } from "@/app/_components/require";
import { api } from "@/server/api/caller";
import { NextRuns } from "./_components/next-runs";

export const metadata: Metadata = { title: "Which runs next" };

export default async function NextRunsPage({ params }: { params: Promise<{ team: string; project: string }> }) {
  const { team, project } = await params;
  // Not awaited, as in the lab: the page is sent at once, and the runs follow in the same answer.
  const runs = api.fit.points({ team, project }).catch(() => null);
  await load(() => api.project.get({ team, slug: project }));
  return <NextRuns team={team} project={project} firstRuns={runs} />;
}
