import type { Metadata } from "next";
import { load } from "@/app/_components/require";
import { api } from "@/server/api/caller";
import { ReportView } from "./_components/report-view";

export const metadata: Metadata = { title: "Report" };

export default async function ReportPage({
  params,
  searchParams,
}: {
  params: Promise<{ team: string; project: string; report: string }>;
  searchParams: Promise<{ edit?: string }>;
}) {
  const { team, project, report: id } = await params;
  const [report, fits, { edit }] = await Promise.all([
    load(() => api.report.get({ team, id })),
    load(() => api.fit.list({ team, project })),
    searchParams,
  ]);
  return <ReportView team={team} project={project} initial={report} fits={fits} editing={edit === "1"} />;
}
