import type { Metadata } from "next";
import { load } from "@/app/_components/require";
import { api } from "@/server/api/caller";
import { Lab } from "./_components/lab";

export const metadata: Metadata = { title: "Lab" };

export default async function LabPage({ params }: { params: Promise<{ team: string; project: string }> }) {
  const { team, project } = await params;
  const fits = await load(() => api.fit.list({ team, project }));
  return <Lab team={team} project={project} fits={fits} />;
}
