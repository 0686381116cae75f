import type { Metadata } from "next";
import { load } from "@/app/_components/require";
import { api } from "@/server/api/caller";
import { ProjectHome } from "./_components/project-home";

export async function generateMetadata({
  params,
}: {
  params: Promise<{ team: string; project: string }>;
}): Promise<Metadata> {
  return { title: (await params).project };
}

export default async function ProjectPage({ params }: { params: Promise<{ team: string; project: string }> }) {
  const { team, project: slug } = await params;
  const project = await load(() => api.project.get({ team, slug }));
  const [sweeps, runs, fits, recommendations, workers, access] = await Promise.all([
    api.sweep.list({ team, project: slug }),
    api.run.groups({ team, query: { project: slug, by: ["state"] } }),
    api.fit.list({ team, project: slug }),
    api.recommendation.list({ team, project: slug }),
    api.worker.list({ team }),
    api.project.access({ team, slug }),
  ]);
  const initial = { sweeps, runs, fits, recommendations, workers, access };
  return <ProjectHome team={team} project={project} initial={initial} />;
}
