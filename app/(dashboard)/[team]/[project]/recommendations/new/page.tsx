import type { Metadata } from "next";
import Link from "next/link";
import { Empty, PageHeader } from "@/app/_components/page";
import { load } from "@/app/_components/require";
import { api } from "@/server/api/caller";
import { NewRecommendation } from "./_components/new-recommendation";

export const metadata: Metadata = { title: "New recommendation" };

export default async function NewRecommendationPage({
  params,
  searchParams,
}: {
  params: Promise<{ team: string; project: string }>;
  searchParams: Promise<{ fit?: string }>;
}) {
  const { team, project } = await params;
  const fits = await load(() => api.fit.list({ team, project }));
  const asked = (await searchParams).fit;
  const chosen = fits.find((f) => f.id === asked) ?? fits[0];
  if (!chosen) {
    return (
      <>
        <PageHeader title="New recommendation" />
        <Empty
          title="A recommendation needs a saved fit"
          action={
            <Link className="button button-primary" href={`/${team}/${project}/fits`}>
              To the lab
            </Link>
          }
        >
          Fit a law in the lab and save it; the recommendation then rests on exactly those runs.
        </Empty>
      </>
    );
  }
  const fit = await load(() => api.fit.get({ team, id: chosen.id }));
  return (
    <>
      <PageHeader title="New recommendation">
        Say which run it is for; the numbers follow as you type. Nothing is published before you say so.
      </PageHeader>
      <NewRecommendation key={chosen.id} team={team} project={project} fits={fits} fit={fit} />
    </>
  );
}
