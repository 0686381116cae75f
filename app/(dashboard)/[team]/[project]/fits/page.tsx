import type { Metadata } from "next";
import { load } from "@/app/_components/require";
import { api } from "@/server/api/caller";
import { Lab } from "./_components/lab";

export const metadata: Metadata = { title: "Lab" };

export default async function LabPage({ params }: { params: Promise<{ team: string; project: string }> }) {
  const { team, project } = await params;
  // Not awaited: the page is sent at once and the runs follow in the same answer. Where it fails, the browser asks
  // again.
  const runs = api.fit.points({ team, project }).catch(() => null);
  const fits = await load(() => api.fit.list({ team, project }));
  return <Lab team={team} project={project} fits={fits} firstRuns={runs} />;
}
