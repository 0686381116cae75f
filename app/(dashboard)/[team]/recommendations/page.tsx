import type { Metadata } from "next";
import { Empty, PageHeader } from "@/app/_components/page";
import { RecommendationList } from "@/app/_components/recommendation-list";
import { load } from "@/app/_components/require";
import { api } from "@/server/api/caller";

export const metadata: Metadata = { title: "Recommendations" };

export default async function TeamRecommendations({ params }: { params: Promise<{ team: string }> }) {
  const { team } = await params;
  const list = await load(() => api.recommendation.list({ team }));
  return (
    <>
      <PageHeader title="Recommendations of the team">Published ones first, over all projects.</PageHeader>
      {list.length === 0 ? (
        <Empty title="No recommendation yet">They are made in a project, from a saved fit.</Empty>
      ) : (
        <RecommendationList team={team} list={list} showProject />
      )}
    </>
  );
}
