import type { Metadata } from "next";
import Link from "next/link";
import { Empty, PageHeader } from "@/app/_components/page";
import { RecommendationList } from "@/app/_components/recommendation-list";
import { load } from "@/app/_components/require";
import { Term } from "@/app/_components/term";
import { api } from "@/server/api/caller";

export const metadata: Metadata = { title: "Recommendations" };

export default async function Recommendations({ params }: { params: Promise<{ team: string; project: string }> }) {
  const { team, project } = await params;
  await load(() => api.project.get({ team, slug: project }));
  const list = await api.recommendation.list({ team, project });
  const add = (
    <Link className="button button-primary" href={`/${team}/${project}/recommendations/new`}>
      New recommendation
    </Link>
  );
  return (
    <>
      <PageHeader title="Recommendations" actions={add}>
        Which <Term name="peak LR">learning rate</Term> the next run (the <Term name="target">target</Term>) should use,
        how sure that is, and what it rests on.
      </PageHeader>
      {list.length === 0 ? (
        <Empty title="No recommendation yet" action={add}>
          Save a fit in the{" "}
          <Link className="link" href={`/${team}/${project}/fits`}>
            lab
          </Link>
          , then say which run it is for.
        </Empty>
      ) : (
        <RecommendationList team={team} list={list} />
      )}
    </>
  );
}
