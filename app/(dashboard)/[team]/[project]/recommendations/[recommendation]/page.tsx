import type { Metadata } from "next";
import { load } from "@/app/_components/require";
import { api } from "@/server/api/caller";
import { RecommendationView } from "./_components/recommendation-view";

export const metadata: Metadata = { title: "Recommendation" };

export default async function RecommendationPage({
  params,
}: {
  params: Promise<{ team: string; project: string; recommendation: string }>;
}) {
  const { team, recommendation: id } = await params;
  const recommendation = await load(() => api.recommendation.get({ team, id }));
  return <RecommendationView team={team} initial={recommendation} />;
}
