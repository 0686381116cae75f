import Link from "next/link";
import { Panel } from "@/app/_components/page";
import { State } from "@/app/_components/state";
import { Term } from "@/app/_components/term";
import type { Outputs } from "@/app/_trpc/outputs";
import * as format from "@/lib/format";

/** How many runs there are, by state. */
export function RunsPanel({ base, groups }: { base: string; groups: Outputs["run"]["groups"] }) {
  const total = groups.reduce((sum, g) => sum + g.runs, 0);
  return (
    <Panel
      title={<Term name="run">Runs</Term>}
      actions={
        <Link className="link text-xs" href={`${base}/runs`}>
          all
        </Link>
      }
    >
      {total === 0 ? (
        <p className="text-muted">No run yet.</p>
      ) : (
        <p className="flex flex-wrap gap-x-5 gap-y-1">
          <span className="num font-medium">{format.counted(total, "run")}</span>
          {groups.map((g) => (
            <span key={g.keys[0]} className="flex items-baseline gap-1.5">
              <span className="num">{g.runs}</span>
              <State state={g.keys[0] as Parameters<typeof State>[0]["state"]} />
            </span>
          ))}
        </p>
      )}
    </Panel>
  );
}
