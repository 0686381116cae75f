"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import { Confirm } from "@/app/_components/confirm";
import { replaceParams } from "@/app/_components/curves/address";
import { ErrorNote, PageHeader } from "@/app/_components/page";
import { SharedLinks } from "@/app/_components/shared-links";
import { Time } from "@/app/_components/time";
import { useLeaveQuestion } from "@/app/_components/use-leave-question";
import { ReportBody } from "@/app/_report/report-body";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import { Editor } from "./editor";
import { saveAsHtml } from "./export-html";
import { ReportComments } from "./report-comments";
import { type Report, type ReportDraft, useDraft } from "./use-draft";

const UNSAVED = "Your text has not been saved.";

/** A study: its text with charts, or its editor beside it. */
export function ReportView({
  team,
  project,
  initial,
  fits,
  editing,
}: {
  team: string;
  project: string;
  initial: Report;
  fits: Outputs["fit"]["list"];
  editing: boolean;
}) {
  const text = useDraft(team, initial);
  const { report, draft, status } = text;
  const [edit, setEdit] = useState(editing);
  const page = useRef<HTMLElement>(null);
  const trpc = useTRPC();
  const router = useRouter();
  const remove = useMutation(
    trpc.report.remove.mutationOptions({ onSuccess: () => router.push(`/${team}/${project}/reports`) }),
  );
  const show = (editor: boolean) => {
    setEdit(editor);
    replaceParams({ edit: editor ? "1" : null });
  };
  useLeaveQuestion(status === "saved" ? null : UNSAVED, status === "not saved");
  // Text that was put back wants to be seen where it can be saved.
  useEffect(() => {
    if (text.restored) setEdit(true);
  }, [text.restored]);
  const shown = edit ? draft : report;
  return (
    <>
      <PageHeader
        title={shown.title}
        actions={
          <div className="flex flex-wrap gap-2 print:hidden">
            <button type="button" className="button" aria-pressed={edit} onClick={() => show(!edit)}>
              {edit ? "Read" : "Edit"}
            </button>
            {edit && (
              <button
                type="button"
                className="button button-primary"
                disabled={status === "saved" || status === "saving" || text.theirs !== null}
                onClick={text.save}
              >
                {{ saved: "Saved", saving: "Saving…", typing: "Save", "not saved": "Save" }[status]}
              </button>
            )}
            <button type="button" className="button" onClick={() => window.print()}>
              Print
            </button>
            <button
              type="button"
              className="button"
              onClick={() => page.current && saveAsHtml(shown.title, page.current)}
            >
              HTML file
            </button>
            <Confirm
              label="Delete"
              title="Delete this report?"
              action="Delete it"
              onConfirm={() => remove.mutate({ team, id: report.id })}
            >
              Its text is lost; the runs and fits it shows stay. This cannot be undone.
            </Confirm>
          </div>
        }
      >
        {report.author && `${report.author} · `}
        <Time at={report.updatedAt} />
      </PageHeader>
      {text.error && <ErrorNote>Not saved: {text.error}. Your text is kept in this browser.</ErrorNote>}
      {text.restored && status !== "saved" && !text.theirs && (
        <p role="status" className="panel mb-3 px-4 py-2.5">
          Text of an earlier visit that had not been saved was put back.
        </p>
      )}
      {text.theirs && <Conflict text={text} theirs={text.theirs} />}
      <div className={edit ? "grid gap-4 lg:grid-cols-2" : ""}>
        {edit && <Editor draft={draft} onChange={text.change} fits={fits} />}
        <article ref={page} className="report panel min-w-0 max-w-[860px] p-5">
          <ReportBody charts={{ team, project }} text={shown.body} />
        </article>
      </div>
      <div className="mt-4 max-w-[860px] space-y-4 print:hidden">
        <SharedLinks team={team} of={{ kind: "report", id: report.id }} />
        <ReportComments team={team} id={report.id} />
      </div>
    </>
  );
}

/** Two texts that exclude each other: nothing is overwritten before a person has said which one stays. */
function Conflict({ text, theirs }: { text: ReportDraft; theirs: Report }) {
  return (
    <section role="alert" className="panel mb-3 border-diverged! px-4 py-3">
      <p className="font-semibold">Somebody has saved another text of this report meanwhile.</p>
      <p className="mt-1 text-muted">
        Yours is kept in this browser. Copy what you need of theirs into yours, then keep yours; or take theirs.
      </p>
      <details className="mt-2">
        <summary className="cursor-pointer">Their text: {theirs.title}</summary>
        <pre className="mt-2 max-h-72 overflow-auto rounded bg-sunken p-3 font-mono text-xs whitespace-pre-wrap">
          {theirs.body}
        </pre>
      </details>
      <div className="mt-3 flex flex-wrap gap-2">
        <button type="button" className="button" onClick={text.keepMine}>
          Keep mine
        </button>
        <Confirm label="Take theirs" title="Drop your text?" action="Drop mine" onConfirm={text.takeTheirs}>
          What you have written since the last save is lost.
        </Confirm>
      </div>
    </section>
  );
}
