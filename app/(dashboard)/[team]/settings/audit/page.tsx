import type { Metadata } from "next";
import Link from "next/link";
import { PageHeader, Panel } from "@/app/_components/page";
import { load } from "@/app/_components/require";
import { api } from "@/server/api/caller";
import { AuditFilter } from "./_components/audit-filter";
import { AuditTable } from "./_components/audit-table";
import { Retention } from "./_components/retention";

export const metadata: Metadata = { title: "Audit log" };

interface Asked {
  actor?: string;
  action?: string;
  from?: string;
  until?: string;
  before?: string;
}

const DAY = /^\d{4}-\d\d-\d\d$/;

/** Who did what, when and from where. The address says what is shown. */
export default async function Audit({
  params,
  searchParams,
}: {
  params: Promise<{ team: string }>;
  searchParams: Promise<Asked>;
}) {
  const { team } = await params;
  const teams = await load(() => api.team.list());
  if (teams.find((t) => t.slug === team)?.role !== "owner")
    return (
      <>
        <PageHeader title="Audit log" />
        <Panel>Only owners of the team see its audit log.</Panel>
      </>
    );
  const { before, ...given } = await searchParams;
  const filter = {
    actor: given.actor || undefined,
    action: given.action || undefined,
    from: DAY.test(given.from ?? "") ? given.from : undefined,
    until: DAY.test(given.until ?? "") ? given.until : undefined,
  };
  const place = /^\d{1,15}$/.test(before ?? "") ? Number(before) : undefined;
  const [{ lines, next }, choices, retention] = await load(() =>
    Promise.all([
      api.audit.list({ team, page: { ...filter, before: place } }),
      api.audit.choices({ team }),
      api.audit.retention({ team }),
    ]),
  );
  const chosen = Object.entries(filter).flatMap(([name, value]) => (value ? [[name, value]] : []));
  const query = (more: Record<string, string>) => new URLSearchParams([...chosen, ...Object.entries(more)]).toString();
  const isFiltered = chosen.length > 0;
  return (
    <>
      <PageHeader
        title="Audit log"
        actions={
          <>
            <a className="button" href={`/api/audit?${query({ team, format: "csv" })}`}>
              Export CSV
            </a>
            <a className="button" href={`/api/audit?${query({ team, format: "jsonl" })}`}>
              Export JSON lines
            </a>
          </>
        }
      >
        Every change by whom, when and from where, the newest first. Lines are never changed.
      </PageHeader>
      <div className="space-y-4">
        <Panel>
          <AuditFilter chosen={filter} choices={choices} shown={lines} />
          {lines.length === 0 ? (
            <p className="mt-4 text-muted">
              {isFiltered || place ? "No line is like that." : "Nothing was changed yet."}{" "}
              {isFiltered && (
                <Link className="link" href={`/${team}/settings/audit`}>
                  Show all
                </Link>
              )}
            </p>
          ) : (
            <AuditTable team={team} lines={lines} />
          )}
          <p className="mt-3 flex gap-4">
            {place && (
              <Link className="link" href={`/${team}/settings/audit?${query({})}`}>
                Newest
              </Link>
            )}
            {next && (
              <Link className="link" href={`/${team}/settings/audit?${query({ before: String(next) })}`}>
                Older
              </Link>
            )}
          </p>
        </Panel>
        <Retention team={team} initial={retention} />
      </div>
    </>
  );
}
