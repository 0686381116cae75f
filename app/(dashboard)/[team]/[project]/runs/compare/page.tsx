import type { Metadata } from "next";
import { Empty } from "@/app/_components/page";
import { load } from "@/app/_components/require";
import { api } from "@/server/api/caller";
import { CompareView } from "./_components/compare-view";

export const metadata: Metadata = { title: "Compare" };

/** Rows of the table at once, and curves. */
const ROWS = 50;
const CURVES = 1_000;

/** Runs by id, or a stored selection of any size: curves of the first thousand, the table fifty at a time. */
export default async function Compare({
  params,
  searchParams,
}: {
  params: Promise<{ team: string; project: string }>;
  searchParams: Promise<{ runs?: string; selection?: string; first?: string }>;
}) {
  const { team, project } = await params;
  const { runs: listed, selection, first } = await searchParams;
  await load(() => api.project.get({ team, slug: project }));
  const chosen = selection
    ? await load(() => api.run.query({ team, query: { project, selection, sort: "created", limit: CURVES } }))
    : {
        runs: (listed ?? "")
          .split(",")
          .filter(Boolean)
          .map((id) => ({ id })),
        total: 0,
      };
  const ids = chosen.runs.map((r) => r.id);
  if (ids.length === 0) return <Empty title="Nothing to compare">Choose two or more runs in the runs table.</Empty>;
  const from = Math.min(Math.max(0, Math.trunc(Number(first ?? 0)) || 0), ids.length - 1);
  const rows = await load(() => Promise.all(ids.slice(from, from + ROWS).map((id) => api.run.get({ team, id }))));
  const names = new Map(rows.map((r) => [r.id, r.name]));
  for (const r of chosen.runs) if ("name" in r && typeof r.name === "string") names.set(r.id, r.name);
  return (
    <CompareView
      team={team}
      project={project}
      curves={ids.slice(0, CURVES).map((id) => ({ id, name: names.get(id) ?? id.slice(0, 8) }))}
      rows={rows}
      from={from}
      pageRows={ROWS}
      total={Math.max(chosen.total, ids.length)}
    />
  );
}
