import type { Metadata } from "next";
import { load } from "@/app/_components/require";
import { api } from "@/server/api/caller";
import { Transfer } from "./_components/transfer";

export const metadata: Metadata = { title: "Transfer" };

export default async function TransferPage({ params }: { params: Promise<{ team: string; project: string }> }) {
  const { team, project } = await params;
  await load(() => api.project.get({ team, slug: project }));
  return <Transfer team={team} project={project} />;
}
