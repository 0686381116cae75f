import type { Metadata } from "next";
import Link from "next/link";
import { Empty, PageHeader } from "@/app/_components/page";
import { ProgressBar } from "@/app/_components/progress";
import { load } from "@/app/_components/require";
import { State } from "@/app/_components/state";
import { Term } from "@/app/_components/term";
import { Time } from "@/app/_components/time";
import { api } from "@/server/api/caller";

export const metadata: Metadata = { title: "Sweeps" };

export default async function Sweeps({ params }: { params: Promise<{ team: string; project: string }> }) {
  const { team, project } = await params;
  const sweeps = await load(() => api.sweep.list({ team, project }));
  const base = `/${team}/${project}/sweeps`;
  const add = (
    <Link className="button button-primary" href={`${base}/new`}>
      New sweep
    </Link>
  );
  return (
    <>
      <PageHeader title="Sweeps" actions={add}>
        Grids of <Term name="proxy">proxy</Term> runs: learning rates, <Term name="batch">batches</Term>,{" "}
        <Term name="tokens T">token counts</Term> and <Term name="params N">model sizes</Term>.
      </PageHeader>
      {sweeps.length === 0 ? (
        <Empty title="No sweep yet" action={add}>
          A sweep trains one small model at many learning rates and shows where the best one lies.
        </Empty>
      ) : (
        <ul className="space-y-3">
          {sweeps.map((s) => (
            <li key={s.id} className="panel relative p-4 hover:border-line-strong">
              <div className="mb-2 flex flex-wrap items-baseline justify-between gap-2">
                <Link href={`${base}/${s.id}`} className="font-medium after:absolute after:inset-0">
                  {s.name}
                </Link>
                <span className="flex gap-4 text-xs">
                  <State state={s.state} />
                  <span className="text-muted">
                    <Time at={s.createdAt} />
                  </span>
                </span>
              </div>
              <ProgressBar progress={s.progress} state={s.state} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
