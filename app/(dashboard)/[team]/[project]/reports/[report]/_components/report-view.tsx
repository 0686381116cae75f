"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useRef, useState } from "react";
import { Confirm } from "@/app/_components/confirm";
import { ErrorNote, PageHeader } from "@/app/_components/page";
import { Time } from "@/app/_components/time";
import type { Outputs } from "@/app/_components/use-runs";
import { useTRPC } from "@/app/_trpc/client";
import { Editor } from "./editor";
import { saveAsHtml } from "./export-html";
import { ReportBody } from "./report-body";

type Report = Outputs["report"]["get"];

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
  const [report, setReport] = useState(initial);
  const [draft, setDraft] = useState({ title: initial.title, body: initial.body });
  const [edit, setEdit] = useState(editing);
  const page = useRef<HTMLElement>(null);
  const trpc = useTRPC();
  const router = useRouter();
  const save = useMutation(
    trpc.report.save.mutationOptions({
      onSuccess: ({ updatedAt }) => setReport({ ...report, ...draft, updatedAt }),
    }),
  );
  const remove = useMutation(
    trpc.report.remove.mutationOptions({ onSuccess: () => router.push(`/${team}/${project}/reports`) }),
  );
  const shown = edit ? draft : report;
  const isChanged = draft.title !== report.title || draft.body !== report.body;
  return (
    <>
      <PageHeader
        title={shown.title}
        actions={
          <div className="flex flex-wrap gap-2 print:hidden">
            <button type="button" className="button" aria-pressed={edit} onClick={() => setEdit(!edit)}>
              {edit ? "Read" : "Edit"}
            </button>
            {edit && (
              <button
                type="button"
                className="button button-primary"
                disabled={!isChanged || save.isPending}
                onClick={() => save.mutate({ team, report: { id: report.id, ...draft, basedOn: report.updatedAt } })}
              >
                {save.isPending ? "Saving…" : isChanged ? "Save" : "Saved"}
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
      {save.error && <ErrorNote>{save.error.message}</ErrorNote>}
      <div className={edit ? "grid gap-4 lg:grid-cols-2" : ""}>
        {edit && <Editor draft={draft} onChange={setDraft} fits={fits} />}
        <article ref={page} className="report panel min-w-0 max-w-[860px] p-5">
          <ReportBody team={team} project={project} text={shown.body} />
        </article>
      </div>
    </>
  );
}
