import type { Metadata } from "next";
import { load } from "@/app/_components/require";
import { api } from "@/server/api/caller";
import { SweepView } from "./_components/sweep-view";

export const metadata: Metadata = { title: "Sweep" };

export default async function SweepPage({
  params,
}: {
  params: Promise<{ team: string; project: string; sweep: string }>;
}) {
  const { team, project, sweep: id } = await params;
  const sweep = await load(() => api.sweep.get({ team, id }));
  return <SweepView team={team} project={project} initial={sweep} />;
}
