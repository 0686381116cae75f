import Link from "next/link";
import { Panel } from "@/app/_components/page";
import { Term } from "@/app/_components/term";
import { Time } from "@/app/_components/time";
import type { Outputs } from "@/app/_trpc/outputs";
import * as format from "@/lib/format";

export function FitsPanel({ base, fits }: { base: string; fits: Outputs["fit"]["list"] }) {
  return (
    <Panel
      title={<Term name="fit">Saved fits</Term>}
      actions={
        <Link className="link text-xs" href={`${base}/fits`}>
          lab
        </Link>
      }
    >
      {fits.length === 0 ? (
        <p className="text-muted">
          No fit saved yet. The{" "}
          <Link className="link" href={`${base}/fits`}>
            lab
          </Link>{" "}
          fits a <Term name="law">law</Term> through the <Term name="optimum">optima</Term> of finished{" "}
          <Term name="curve">curves</Term> as they come.
        </p>
      ) : (
        <ul className="space-y-2">
          {fits.slice(0, 6).map((f) => (
            <li key={f.id} className="flex flex-wrap justify-between gap-2">
              <Link className="link" href={`${base}/fits/${f.id}`}>
                {f.name}
              </Link>
              <span className="text-xs text-muted">
                {format.counted(f.runs, "run")} · <Time at={f.createdAt} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
