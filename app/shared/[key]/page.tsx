import type { Metadata } from "next";
import { Advice } from "@/app/_components/advice";
import { PageHeader } from "@/app/_components/page";
import { load } from "@/app/_components/require";
import { State } from "@/app/_components/state";
import { targetSize } from "@/app/_components/target-size";
import { Time } from "@/app/_components/time";
import * as format from "@/lib/format";
import { api } from "@/server/api/caller";

export const dynamic = "force-dynamic";
export const metadata: Metadata = { title: "Recommendation", robots: { index: false } };

/** A recommendation that its team has given a public, read-only address. */
export default async function SharedPage({ params }: { params: Promise<{ key: string }> }) {
  const { key } = await params;
  const r = await load(() => api.recommendation.shared({ key }));
  const { target } = r.result;
  return (
    <main className="mx-auto w-full max-w-[1100px] p-4 md:p-8">
      <PageHeader
        title={
          <span className="flex flex-wrap items-baseline gap-3">
            {r.title}
            <span className="text-sm font-normal">
              <State state={r.state} />
            </span>
          </span>
        }
      >
        For {targetSize(r.result)}, {target.architecture},{" "}
        {target.tokens ? `${format.tokenCount(target.tokens)} tokens` : "a run of unknown length"}, batch{" "}
        {format.batch(target.batchSeqs, target.seqLen)} · published <Time at={r.publishedAt} /> by {r.team}
      </PageHeader>
      {r.state !== "published" && (
        <p className="panel mb-4 px-4 py-2.5 text-diverged">
          This advice is {r.state}: its team no longer stands by it.
        </p>
      )}
      <Advice result={r.result} />
      <p className="mt-6 text-xs text-muted">Shared from Etalon, read-only.</p>
    </main>
  );
}
