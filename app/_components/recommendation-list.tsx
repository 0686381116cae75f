import Link from "next/link";
import type { Outputs } from "@/app/_trpc/outputs";
import * as format from "@/lib/format";
import { State } from "./state";
import { Time } from "./time";

/** Recommendations, the published ones first. */
export function RecommendationList({
  team,
  list,
  showProject,
}: {
  team: string;
  list: Outputs["recommendation"]["list"];
  showProject?: boolean;
}) {
  const ordered = [...list].sort((p, q) => Number(q.state === "published") - Number(p.state === "published"));
  return (
    <ul className="grid gap-3 md:grid-cols-2 xl:grid-cols-3">
      {ordered.map((r) => (
        <li key={r.id} className="panel relative p-4 hover:border-line-strong">
          <div className="flex items-baseline justify-between gap-2 text-xs">
            <State state={r.state} />
            {r.changed && <span className="font-medium text-accent">changed since you looked</span>}
            <span className="text-muted">
              <Time at={r.publishedAt ?? r.createdAt} />
            </span>
          </div>
          <p className="num mt-2 text-2xl font-semibold tracking-tight">{format.learningRate(r.lr)}</p>
          <Link
            href={`/${team}/${r.project}/recommendations/${r.id}`}
            className="mt-1 block font-medium after:absolute after:inset-0"
          >
            {r.title}
          </Link>
          <p className="num mt-1 text-xs text-muted">
            {format.batch(r.target.batchSeqs, r.target.seqLen)} ·{" "}
            {r.target.tokens ? `${format.tokenCount(r.target.tokens)} tokens` : "length unknown"} ·{" "}
            {r.target.params ? `${format.paramCount(r.target.params)} params` : "any size"} · {r.target.schedule}
            {showProject && ` · ${r.project}`}
          </p>
        </li>
      ))}
    </ul>
  );
}
