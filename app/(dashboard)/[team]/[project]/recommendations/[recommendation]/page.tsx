import type { Metadata } from "next";
import { cache } from "react";
import { load } from "@/app/_components/require";
import { api } from "@/server/api/caller";
import { RecommendationView } from "./_components/recommendation-view";

interface Props {
  params: Promise<{ team: string; project: string; recommendation: string }>;
}

/** Asked for once a page. */
const read = cache((team: string, id: string) => api.recommendation.get({ team, id }));

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { team, recommendation: id } = await params;
  return { title: (await load(() => read(team, id))).title };
}

export default async function RecommendationPage({ params }: Props) {
  const { team, recommendation: id } = await params;
  const recommendation = await load(() => read(team, id));
  return <RecommendationView team={team} initial={recommendation} />;
}
