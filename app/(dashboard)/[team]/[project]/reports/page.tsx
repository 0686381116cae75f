import type { Metadata } from "next";
import Link from "next/link";
import { Empty, PageHeader } from "@/app/_components/page";
import { load } from "@/app/_components/require";
import { Term } from "@/app/_components/term";
import { Time } from "@/app/_components/time";
import { api } from "@/server/api/caller";
import { NewReport } from "./_components/new-report";

export const metadata: Metadata = { title: "Reports" };

export default async function ReportsPage({ params }: { params: Promise<{ team: string; project: string }> }) {
  const { team, project } = await params;
  const list = await load(() => api.report.list({ team, project }));
  return (
    <>
      <PageHeader title="Reports" actions={<NewReport team={team} project={project} />}>
        <Term name="report">Studies</Term> written down, with the charts they speak of.
      </PageHeader>
      {list.length === 0 ? (
        <Empty title="No report yet">
          A report is Markdown with charts of saved fits (frozen) or of the current runs (live). Give one a title to
          begin.
        </Empty>
      ) : (
        <ul className="panel divide-y divide-line">
          {list.map((r) => (
            <li key={r.id} className="flex flex-wrap justify-between gap-2 px-4 py-2.5">
              <Link className="link" href={`/${team}/${project}/reports/${r.id}`}>
                {r.title}
              </Link>
              <span className="text-xs text-muted">
                {r.author && `${r.author} · `}
                <Time at={r.updatedAt} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
