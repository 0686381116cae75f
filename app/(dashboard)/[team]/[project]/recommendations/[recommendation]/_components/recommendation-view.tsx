"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useMemo, useState } from "react";
import { Advice } from "@/app/_components/advice";
import { Confirm } from "@/app/_components/confirm";
import { ErrorNote, PageHeader, Panel, Scroll } from "@/app/_components/page";
import { State } from "@/app/_components/state";
import { Time } from "@/app/_components/time";
import type { Outputs } from "@/app/_components/use-runs";
import { useTRPC } from "@/app/_trpc/client";
import * as format from "@/lib/format";
import { exportFormats, exportRecommendation } from "@/lib/recommend";

type Recommendation = Outputs["recommendation"]["get"];

export function RecommendationView({ team, initial }: { team: string; initial: Recommendation }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.recommendation.get.queryOptions({ team, id: initial.id });
  const r = useQuery({ ...options, initialData: initial }).data;
  const after = { onSuccess: () => void client.invalidateQueries({ queryKey: options.queryKey }) };
  const publish = useMutation(trpc.recommendation.publish.mutationOptions(after));
  const withdraw = useMutation(trpc.recommendation.withdraw.mutationOptions(after));
  const { target } = r.result;
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
            <CopyLink />
            {r.state === "draft" && (
              <button
                type="button"
                className="button button-primary"
                disabled={publish.isPending}
                onClick={() => publish.mutate({ team, id: r.id })}
              >
                Publish to the team
              </button>
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
        For {target.params ? `${format.paramCount(target.params)} parameters` : "any size"}, {target.architecture},{" "}
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
      {r.note && <p className="panel mb-4 px-4 py-3 whitespace-pre-wrap">{r.note}</p>}
      <div className="space-y-4">
        <Advice result={r.result} />
        <Evidence r={r} base={base} />
        <Exports r={r} />
      </div>
    </>
  );
}

function Evidence({ r, base }: { r: Recommendation; base: string }) {
  const { evidence } = r.result;
  return (
    <Panel title="What it rests on">
      <ol className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <li>
          <Link className="link" href={`${base}/runs`}>
            {evidence.runs} runs
          </Link>
        </li>
        <li aria-hidden className="text-muted">
          →
        </li>
        <li>{evidence.optima} optima</li>
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
                    transfer to {t.target.split(" ").slice(0, 3).join(" ")}
                  </Link>
                  : {t.verdict}
                </span>
              ))}
        </li>
      </ol>
      {r.transfer.map((t) => (
        <p key={t.target} className="mt-2 text-[13px] text-muted">
          {t.sentence}
        </p>
      ))}
    </Panel>
  );
}

function Exports({ r }: { r: Recommendation }) {
  const files = useMemo(() => exportFormats.flatMap((f) => exportRecommendation(r.result, f) ?? []), [r.result]);
  const [chosen, setChosen] = useState<string>("pytorch");
  const file = files.find((f) => f.format === chosen) ?? files[0];
  if (!file) return null;
  return (
    <Panel
      title="Use it in your training code"
      note={`or read it with an API key: GET /api/v1/recommendations/${r.id}`}
    >
      <div className="mb-2 flex flex-wrap gap-2" role="tablist" aria-label="Format">
        {files.map((f) => (
          <button
            key={f.format}
            type="button"
            role="tab"
            aria-selected={f === file}
            className={`button h-7! ${f === file ? "bg-accent-soft! text-accent" : ""}`}
            onClick={() => setChosen(f.format)}
          >
            {f.title}
          </button>
        ))}
        <Copy text={file.text} label="Copy" />
        <a
          className="button h-7!"
          download={file.fileName}
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(file.text)}`}
        >
          Download
        </a>
      </div>
      <Scroll label={file.fileName} className="max-h-96 overflow-auto rounded bg-sunken p-3">
        <pre className="font-mono text-xs">{file.text}</pre>
      </Scroll>
    </Panel>
  );
}

function CopyLink() {
  return <Copy label="Copy link" text={null} />;
}

/** Copies the text, or the page's address. */
function Copy({ text, label }: { text: string | null; label: string }) {
  const [done, setDone] = useState(false);
  return (
    <button
      type="button"
      className={text === null ? "button" : "button h-7!"}
      onClick={async () => {
        await navigator.clipboard.writeText(text ?? window.location.href);
        setDone(true);
        setTimeout(() => setDone(false), 1_500);
      }}
    >
      {done ? "Copied" : label}
    </button>
  );
}
