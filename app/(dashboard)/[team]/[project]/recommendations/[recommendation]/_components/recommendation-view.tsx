"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { Advice } from "@/app/_components/advice";
import { Comments } from "@/app/_components/comments";
import { Confirm } from "@/app/_components/confirm";
import { Copy } from "@/app/_components/copy";
import { ErrorNote, PageHeader, Panel } from "@/app/_components/page";
import { SharedLinks } from "@/app/_components/shared-links";
import { State } from "@/app/_components/state";
import { targetSize } from "@/app/_components/target-size";
import { Time } from "@/app/_components/time";
import { Watch } from "@/app/_components/watch";
import { nextRunsAddress } from "@/app/_lab/next-runs-address";
import { useTRPC } from "@/app/_trpc/client";
import { changedSince } from "@/lib/fit";
import * as format from "@/lib/format";
import { Difference } from "./difference";
import { Exports } from "./exports";
import { History } from "./history";
import { OutcomePanel } from "./outcome-panel";
import { Publish } from "./publish";
import type { Recommendation } from "./recommendation";

export function RecommendationView({ team, initial }: { team: string; initial: Recommendation }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.recommendation.get.queryOptions({ team, id: initial.id });
  const r = useQuery({ ...options, initialData: initial }).data;
  const after = { onSuccess: () => void client.invalidateQueries({ queryKey: options.queryKey }) };
  const publish = useMutation(trpc.recommendation.publish.mutationOptions(after));
  const comment = useMutation(trpc.recommendation.comment.mutationOptions(after));
  const withdraw = useMutation(trpc.recommendation.withdraw.mutationOptions(after));
  const base = `/${team}/${r.project}`;
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
        actions={
          <>
            <Watch team={team} kind="recommendation" id={r.id} />
            <Copy label="Copy link" text={null} />
            <Link className="button" href={nextRunsAddress(base, r.fit.settings, targetOf(r))}>
              Which runs next?
            </Link>
            {r.state === "draft" && (
              <Publish
                result={r.result}
                pending={publish.isPending}
                onPublish={(reason) => publish.mutate({ team, id: r.id, reason })}
              />
            )}
            {(r.state === "draft" || r.state === "published") && (
              <Confirm
                label="Withdraw"
                title="Withdraw this recommendation?"
                action="Withdraw it"
                onConfirm={() => withdraw.mutate({ team, id: r.id })}
              >
                It stays readable, marked as withdrawn. This cannot be undone.
              </Confirm>
            )}
          </>
        }
      >
        <Summary r={r} />
      </PageHeader>
      {r.supersededBy && (
        <p className="panel mb-4 px-4 py-2.5">
          A{" "}
          <Link className="link" href={`${base}/recommendations/${r.supersededBy}`}>
            newer recommendation
          </Link>{" "}
          for this target has replaced this one.
        </p>
      )}
      {publish.error && <ErrorNote>{publish.error.message}</ErrorNote>}
      {withdraw.error && <ErrorNote>{withdraw.error.message}</ErrorNote>}
      {r.note && (
        <p className="panel mb-4 px-4 py-3 whitespace-pre-wrap">
          <span className="label">Note for the team</span>
          {r.note}
        </p>
      )}
      {r.publishReason && (
        <p className="panel mb-4 px-4 py-3 whitespace-pre-wrap">
          <span className="label">Why it was published so far beyond its data</span>
          {r.publishReason}
        </p>
      )}
      <div className="space-y-4">
        <Advice result={r.result} />
        {r.replaces[0] && <Difference before={r.replaces[0]} now={r.result} base={base} />}
        <Evidence r={r} base={base} />
        <div className={r.outcome ? "" : "print:hidden"}>
          <OutcomePanel team={team} base={base} r={r} after={after} />
        </div>
        <Exports r={r} />
        <History r={r} base={base} />
        {r.state !== "draft" && (
          <div className="print:hidden">
            <SharedLinks team={team} of={{ kind: "recommendation", id: r.id }} />
          </div>
        )}
        <Comments
          comments={r.comments}
          pending={comment.isPending}
          error={comment.error?.message}
          onAdd={(body, done) => comment.mutate({ team, comment: { id: r.id, body } }, { onSuccess: done })}
        />
      </div>
    </>
  );
}

/** What it is for, and whose it is. */
function Summary({ r }: { r: Recommendation }) {
  const { target } = r.result;
  return (
    <>
      For {targetSize(r.result)}, {target.architecture},{" "}
      {target.tokens ? `${format.tokenCount(target.tokens)} tokens` : "a run of unknown length"}, batch{" "}
      {format.batch(target.batchSeqs, target.seqLen)} ·{" "}
      {r.publishedAt ? (
        <>
          published <Time at={r.publishedAt} />
        </>
      ) : (
        <>
          made <Time at={r.createdAt} />
        </>
      )}
      {r.author && ` by ${r.author}`}
    </>
  );
}

/** The target, its batch as the law reads it. */
function targetOf({ result: { target, distances } }: Recommendation) {
  const batch = distances?.find((d) => d.dimension === "batch");
  return { tokens: target.tokens, batchSeqs: batch?.target ?? target.batchSeqs, params: target.params };
}

const VERDICTS = { pass: "pass", warn: "warning", fail: "fail", inconclusive: "inconclusive" } as const;

function Evidence({ r, base }: { r: Recommendation; base: string }) {
  const { evidence } = r.result;
  const older = changedSince(evidence.method);
  return (
    <Panel title="What it rests on">
      <ol className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <li>
          <Link className="link" href={`${base}/runs`}>
            {format.counted(evidence.runs, "run")}
          </Link>
        </li>
        <li aria-hidden className="text-muted">
          →
        </li>
        <li>{format.counted(evidence.optima, "optimum", "optima")}</li>
        <li aria-hidden className="text-muted">
          →
        </li>
        <li>
          fit{" "}
          <Link className="link" href={`${base}/fits/${r.fit.id}`}>
            {r.fit.name}
          </Link>{" "}
          <span className="font-mono text-xs text-muted">{evidence.equation}</span>
        </li>
        <li aria-hidden className="text-muted">
          →
        </li>
        <li>
          {r.transfer.length === 0
            ? "no transfer check (one model size)"
            : r.transfer.map((t) => (
                <span key={t.target} title={t.sentence}>
                  <Link className="link" href={`${base}/transfer`}>
                    transfer to {t.target}
                  </Link>
                  : {VERDICTS[t.verdict]}
                </span>
              ))}
        </li>
      </ol>
      {older && (
        <p className="mt-2 text-[13px]">
          Made by an older method; its numbers are as they were saved. What has changed since: {older}.{" "}
          <Link className="link" href={`${base}/fits/${r.fit.id}`}>
            Fit anew
          </Link>{" "}
          and recommend from that.
        </p>
      )}
      {r.transfer.map((t) => (
        <p key={t.target} className="mt-2 text-[13px] text-muted">
          {t.sentence}
        </p>
      ))}
    </Panel>
  );
}
