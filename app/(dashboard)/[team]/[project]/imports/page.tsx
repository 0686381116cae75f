import type { Metadata } from "next";
import { PageHeader } from "@/app/_components/page";
import { load } from "@/app/_components/require";
import { Term } from "@/app/_components/term";
import { api } from "@/server/api/caller";
import { ConfigMapping } from "./_components/config-mapping";
import { ImportHistory } from "./_components/import-history";
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
        Runs that were trained elsewhere: a <Term name="results table">table of their results</Term>, or their{" "}
        <Term name="config">configs</Term> read by <Term name="expression">expressions</Term>, become{" "}
        <Term name="dimension">dimensions</Term>.
      </PageHeader>
      <div className="space-y-4">
        <TableImport team={team} project={project} />
        <ImportHistory team={team} project={project} initial={imports} />
        <ConfigMapping team={team} project={project} initial={mapping} />
        <RecipesPanel team={team} project={project} initial={recipes} />
      </div>
    </>
  );
}
