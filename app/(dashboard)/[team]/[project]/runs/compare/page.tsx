import type { Metadata } from "next";
import { Empty } from "@/app/_components/page";
import { load } from "@/app/_components/require";
import { api } from "@/server/api/caller";
import { CompareView } from "./_components/compare-view";

export const metadata: Metadata = { title: "Compare" };

export default async function Compare({
  params,
  searchParams,
}: {
  params: Promise<{ team: string; project: string }>;
  searchParams: Promise<{ runs?: string }>;
}) {
  const { team, project } = await params;
  const ids = ((await searchParams).runs ?? "").split(",").filter(Boolean);
  await load(() => api.project.get({ team, slug: project }));
  if (ids.length === 0) return <Empty title="Nothing to compare">Choose two or more runs in the runs table.</Empty>;
  const runs = await load(() => Promise.all(ids.slice(0, 50).map((id) => api.run.get({ team, id }))));
  return <CompareView team={team} project={project} runs={runs} />;
}
