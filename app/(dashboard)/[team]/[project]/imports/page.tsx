import type { Metadata } from "next";
import { PageHeader } from "@/app/_components/page";
import { load } from "@/app/_components/require";
import { Term } from "@/app/_components/term";
import { api } from "@/server/api/caller";
import { ConfigMapping } from "./_components/config-mapping";
import { ImportHistory } from "./_components/import-history";
import { LogImport } from "./_components/logs/log-import";
import { RecipesPanel } from "./_components/recipes";
import { TableImport } from "./_components/table-import";

export const metadata: Metadata = { title: "Imports" };

export default async function ImportsPage({ params }: { params: Promise<{ team: string; project: string }> }) {
  const { team, project } = await params;
  const [mapping, recipes, imports] = await Promise.all([
    load(() => api.mapping.get({ team, project })),
    load(() => api.mapping.recipes({ team, project })),
    load(() => api.import.list({ team, project })),
  ]);
  return (
    <>
      <PageHeader title="Imports">
        Runs that were trained elsewhere: their logs and folders, or a{" "}
        <Term name="results table">table of their results</Term>. What their <Term name="config">configs</Term> say
        becomes <Term name="dimension">dimensions</Term> by <Term name="expression">expressions</Term>.
      </PageHeader>
      <div className="space-y-4">
        <LogImport team={team} project={project} />
        <TableImport team={team} project={project} />
        <ImportHistory team={team} project={project} initial={imports} />
        <ConfigMapping team={team} project={project} initial={mapping} />
        <RecipesPanel team={team} project={project} initial={recipes} />
      </div>
    </>
  );
}
