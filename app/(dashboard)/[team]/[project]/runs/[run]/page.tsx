import type { Metadata } from "next";
import { cache } from "react";
import { load } from "@/app/_components/require";
import { api } from "@/server/api/caller";
import { RunView } from "./_components/run-view";

interface Props {
  params: Promise<{ team: string; project: string; run: string }>;
}

/** Asked for once a page. */
const read = cache((team: string, id: string) => api.run.get({ team, id }));

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { team, run: id } = await params;
  return { title: (await load(() => read(team, id))).name };
}

export default async function RunPage({ params }: Props) {
  const { team, project, run: id } = await params;
  const run = await load(() => read(team, id));
  return <RunView team={team} project={project} initial={run} />;
}
