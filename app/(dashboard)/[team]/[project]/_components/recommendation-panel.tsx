import Link from "next/link";
import { Panel } from "@/app/_components/page";
import { Term } from "@/app/_components/term";
import { Time } from "@/app/_components/time";
import type { Outputs } from "@/app/_trpc/outputs";
import * as format from "@/lib/format";

/** The rate that the team has published. */
export function RecommendationPanel({
  base,
  recommendations,
}: {
  base: string;
  recommendations: Outputs["recommendation"]["list"];
}) {
  const published = recommendations.find((r) => r.state === "published");
  return (
    <Panel title={<Term name="recommendation">Current recommendation</Term>}>
      {published ? (
        <Link href={`${base}/recommendations/${published.id}`} className="block">
          <p className="text-xs text-muted">{published.title}</p>
          <p className="num mt-1 text-3xl font-semibold tracking-tight">{format.learningRate(published.lr)}</p>
          <p className="mt-1 text-xs text-muted">
            peak learning rate, published <Time at={published.publishedAt} />
          </p>
        </Link>
      ) : (
        <p className="text-muted">None published yet. Save a fit in the lab, then make a recommendation from it.</p>
      )}
    </Panel>
  );
}
