import type { Metadata } from "next";
import Link from "next/link";
import { Code, Empty, PageHeader } from "@/app/_components/page";
import { load } from "@/app/_components/require";
import { SendRuns } from "@/app/_components/send-runs";
import { Term } from "@/app/_components/term";
import { Time } from "@/app/_components/time";
import * as format from "@/lib/format";
import { api } from "@/server/api/caller";
import { NewProject } from "./_components/new-project";
import { Welcome } from "./_components/welcome";

/** So long a colleague is new. */
const NEW_MS = 7 * 86_400_000;

export const metadata: Metadata = { title: "Projects" };

export default async function Projects({ params }: { params: Promise<{ team: string }> }) {
  const { team } = await params;
  const [projects, teams] = await load(() => Promise.all([api.project.list({ team }), api.team.list()]));
  const own = teams.find((t) => t.slug === team)!;
  return (
    <>
      <PageHeader title="Projects" actions={own.role !== "viewer" && <NewProject team={team} />}>
        One question a <Term name="project">project</Term>: its <Term name="sweep">sweeps</Term>,{" "}
        <Term name="run">runs</Term>, <Term name="fit">fits</Term> and{" "}
        <Term name="recommendation">recommendations</Term>.
      </PageHeader>
      {own.role !== "owner" && Date.now() - own.joinedAt.getTime() < NEW_MS && (
        <Welcome team={own} published={projects.reduce((n, p) => n + p.published, 0)} />
      )}
      {projects.length === 0 ? (
        <div className="space-y-4">
          <Empty title="No project yet">
            {own.role === "viewer" ? "Editors and owners of the team make them." : "Make one above."} Sweeps are queued
            in it, and scripts name it when they send runs to <Code>POST /api/v1/runs</Code>.
          </Empty>
          {own.role !== "viewer" && <SendRuns team={team} />}
        </div>
      ) : (
        <ul className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
          {projects.map((p) => (
            <li key={p.id} className="panel relative p-4 hover:border-line-strong">
              <h2>
                <Link href={`/${team}/${p.slug}`} className="after:absolute after:inset-0">
                  {p.name}
                </Link>
              </h2>
              <p className="mt-1 line-clamp-2 text-muted">{p.question || "No question written yet."}</p>
              <p className="num mt-3 text-xs text-muted">
                {format.counted(p.runs, "run")}
                {p.running > 0 && `, ${p.running} running`} · {format.counted(p.sweeps, "sweep")} ·{" "}
                {format.counted(p.published, "published recommendation")} · made <Time at={p.createdAt} />
                {p.openTo === "named" && " · named members only"}
              </p>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
