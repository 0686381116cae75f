"use client";

import { DeletionProgress } from "@/app/_components/delete-runs";
import { Code, Empty, ErrorNote, PageHeader, Skeleton } from "@/app/_components/page";
import { RunsTable } from "@/app/_components/runs-table";
import { useRuns } from "@/app/_components/use-runs";

export function RunsView({ team, project }: { team: string; project: string }) {
  const { runs, loading, error } = useRuns(team, project);
  return (
    <>
      <PageHeader title="Runs">
        Every run of the project, with its dimensions and result. Choose two or more to compare.
      </PageHeader>
      <DeletionProgress team={team} />
      {error && <ErrorNote>{error}</ErrorNote>}
      {loading && <Skeleton height={480} />}
      {!loading && !error && runs.length === 0 && (
        <Empty title="No runs yet">
          Queue a sweep, or send runs of your own program to <Code>POST /api/v1/runs</Code> with an API key.
        </Empty>
      )}
      {runs.length > 0 && (
        <div className="panel p-4">
          <RunsTable team={team} project={project} runs={runs} />
        </div>
      )}
    </>
  );
}
