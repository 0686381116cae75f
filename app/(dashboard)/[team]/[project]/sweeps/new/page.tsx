import type { Metadata } from "next";
import { PageHeader } from "@/app/_components/page";
import { load } from "@/app/_components/require";
import { searchSpaceSchema } from "@/lib/sweep";
import { api } from "@/server/api/caller";
import { NewSweep } from "./_components/new-sweep";

export const metadata: Metadata = { title: "New sweep" };

export default async function NewSweepPage({
  params,
  searchParams,
}: {
  params: Promise<{ team: string; project: string }>;
  searchParams: Promise<{ from?: string }>;
}) {
  const { team, project } = await params;
  const { from } = await searchParams;
  await load(() => api.project.get({ team, slug: project }));
  const like = from ? await load(() => api.sweep.get({ team, id: from })) : null;
  const space = searchSpaceSchema.safeParse(like?.space);
  const workers = await load(() => api.worker.list({ team }));
  return (
    <>
      <PageHeader title={like ? `Queue again: ${like.name}` : "New sweep"}>
        Every combination of the axes is trained. Runs that differ only in tokens share one trunk and cost little more
        than the longest of them.
      </PageHeader>
      <NewSweep
        team={team}
        project={project}
        initial={space.success ? space.data : null}
        name={like ? `${like.name} again` : ""}
        workers={workers}
      />
    </>
  );
}
