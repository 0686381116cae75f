import type { Metadata } from "next";
import { Empty, PageHeader } from "@/app/_components/page";
import { RecommendationList } from "@/app/_components/recommendation-list";
import { load } from "@/app/_components/require";
import { api } from "@/server/api/caller";

export const metadata: Metadata = { title: "Recommendations" };

export default async function TeamRecommendations({
  params,
  searchParams,
}: {
  params: Promise<{ team: string }>;
  searchParams: Promise<{ q?: string }>;
}) {
  const { team } = await params;
  const { q: search = "" } = await searchParams;
  const list = await load(() => api.recommendation.list({ team, search }));
  return (
    <>
      <PageHeader title="Recommendations of the team">Published ones first, over all projects.</PageHeader>
      <form className="mb-4 flex gap-2">
        <input
          className="field w-full max-w-md"
          type="search"
          name="q"
          defaultValue={search}
          placeholder="Search title, note, project, target"
          aria-label="Search recommendations"
        />
        <button type="submit" className="button">
          Search
        </button>
      </form>
      {list.length === 0 && search ? (
        <Empty title="Nothing found">No recommendation of the team has all of these words.</Empty>
      ) : list.length === 0 ? (
        <Empty title="No recommendation yet">They are made in a project, from a saved fit.</Empty>
      ) : (
        <RecommendationList team={team} list={list} showProject />
      )}
    </>
  );
}
