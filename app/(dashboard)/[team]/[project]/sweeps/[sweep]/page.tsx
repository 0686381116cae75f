import type { Metadata } from "next";
import { cache } from "react";
import { load } from "@/app/_components/require";
import { api } from "@/server/api/caller";
import { SweepView } from "./_components/sweep-view";

interface Props {
  params: Promise<{ team: string; project: string; sweep: string }>;
}

/** Asked for once a page. */
const read = cache((team: string, id: string) => api.sweep.get({ team, id }));

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { team, sweep: id } = await params;
  return { title: (await load(() => read(team, id))).name };
}

export default async function SweepPage({ params }: Props) {
  const { team, project, sweep: id } = await params;
  const sweep = await load(() => read(team, id));
  return <SweepView team={team} project={project} initial={sweep} />;
}
