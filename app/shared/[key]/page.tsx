import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { Advice } from "@/app/_components/advice";
import { Empty, PageHeader } from "@/app/_components/page";
import { load } from "@/app/_components/require";
import { State } from "@/app/_components/state";
import { targetSize } from "@/app/_components/target-size";
import { Time } from "@/app/_components/time";
import { ReportBody } from "@/app/_report/report-body";
import type { Outputs } from "@/app/_trpc/outputs";
import * as format from "@/lib/format";
import { api } from "@/server/api/caller";

export const dynamic = "force-dynamic";
export const metadata: Metadata = { title: "Shared", robots: { index: false } };

type Read = Outputs["share"]["read"];

/** What a team lets others read by an address of its own. */
export default async function SharedPage({ params }: { params: Promise<{ key: string }> }) {
  const { key } = await params;
  const read = await load(() => readOrWhy(key));
  return (
    <main className="mx-auto w-full max-w-[1100px] p-4 md:p-8">
      {typeof read === "string" ? (
        <Empty title="This is for others">{read}</Empty>
      ) : read.kind === "report" ? (
        <SharedReport report={read} />
      ) : (
        <SharedRecommendation r={read} />
      )}
      <p className="mt-6 text-xs text-muted">Shared from Etalon, read-only.</p>
    </main>
  );
}

/** Why not, for somebody whom the link does not name; who is not signed in is asked to. */
async function readOrWhy(key: string): Promise<Read | string> {
  try {
    return await api.share.read({ key });
  } catch (e) {
    const { code, message } = e as { code?: string; message?: string };
    if (code === "UNAUTHORIZED") redirect(`/sign-in?${new URLSearchParams({ from: `/shared/${key}` })}`);
    if (code === "FORBIDDEN") return `${message}.`;
    throw e;
  }
}

function SharedReport({ report }: { report: Extract<Read, { kind: "report" }> }) {
  return (
    <>
      <PageHeader title={report.title}>
        {report.team} · <Time at={report.updatedAt} />
      </PageHeader>
      <article className="report panel min-w-0 max-w-[860px] p-5">
        <ReportBody charts={{ saved: report.fits }} text={report.body} />
      </article>
    </>
  );
}

function SharedRecommendation({ r }: { r: Extract<Read, { kind: "recommendation" }> }) {
  const { target } = r.result;
  return (
    <>
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
    </>
  );
}
