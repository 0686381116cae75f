import type { Metadata } from "next";
import { cache } from "react";
import { load } from "@/app/_components/require";
import { api } from "@/server/api/caller";
import { ReportView } from "./_components/report-view";

interface Props {
  params: Promise<{ team: string; project: string; report: string }>;
  searchParams: Promise<{ edit?: string }>;
}

/** Asked for once a page. */
const read = cache((team: string, id: string) => api.report.get({ team, id }));

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { team, report: id } = await params;
  return { title: (await load(() => read(team, id))).title };
}

export default async function ReportPage({ params, searchParams }: Props) {
  const { team, project, report: id } = await params;
  const [report, fits, { edit }] = await Promise.all([
    load(() => read(team, id)),
    load(() => api.fit.list({ team, project })),
    searchParams,
  ]);
  return <ReportView team={team} project={project} initial={report} fits={fits} editing={edit === "1"} />;
}
