import Link from "next/link";
import { Panel } from "@/app/_components/page";
import { ProgressBar } from "@/app/_components/progress";
import { State } from "@/app/_components/state";
import { Term } from "@/app/_components/term";
import type { Outputs } from "@/app/_trpc/outputs";

export function SweepsPanel({ base, sweeps }: { base: string; sweeps: Outputs["sweep"]["list"] }) {
  return (
    <Panel
      title={<Term name="sweep">Sweeps</Term>}
      actions={
        <Link className="link text-xs" href={`${base}/sweeps`}>
          all
        </Link>
      }
    >
      {sweeps.length === 0 ? (
        <p className="text-muted">
          No sweep yet. A sweep trains one small model at many learning rates, batches and token counts.
        </p>
      ) : (
        <ul className="divide-y divide-line">
          {sweeps.slice(0, 6).map((s) => (
            <li key={s.id} className="py-3 first:pt-0 last:pb-0">
              <div className="mb-2 flex flex-wrap items-baseline justify-between gap-2">
                <Link className="link font-medium" href={`${base}/sweeps/${s.id}`}>
                  {s.name}
                </Link>
                <State state={s.state} />
              </div>
              <ProgressBar progress={s.progress} state={s.state} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
