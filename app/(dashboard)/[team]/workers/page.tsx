import type { Metadata } from "next";
import { load } from "@/app/_components/require";
import { api } from "@/server/api/caller";
import { Workers } from "./_components/workers";

export const metadata: Metadata = { title: "Workers" };

export default async function WorkersPage({ params }: { params: Promise<{ team: string }> }) {
  const { team } = await params;
  const workers = await load(() => api.worker.list({ team }));
  return <Workers team={team} initial={workers} />;
}
