"use client";

import { useRef } from "react";
import { Choice, TextArea, TextField } from "@/app/_components/fields";
import type { Outputs } from "@/app/_trpc/outputs";
import { chartBlock } from "@/lib/report";

interface Draft {
  title: string;
  body: string;
}

/** Title, Markdown, and buttons that put a chart where the cursor is. */
export function Editor({
  draft,
  onChange,
  fits,
}: {
  draft: Draft;
  onChange: (draft: Draft) => void;
  fits: Outputs["fit"]["list"];
}) {
  const area = useRef<HTMLTextAreaElement>(null);
  const insert = (block: string) => {
    const at = area.current?.selectionStart ?? draft.body.length;
    const [before, after] = [draft.body.slice(0, at), draft.body.slice(at)];
    onChange({ ...draft, body: `${before}${before && !before.endsWith("\n") ? "\n\n" : ""}${block}\n${after}` });
  };
  return (
    <div className="min-w-0 space-y-3 print:hidden">
      <TextField name="Title" value={draft.title} maxLength={200} onChange={(title) => onChange({ ...draft, title })} />
      <div className="flex flex-wrap items-end gap-2">
        <Choice
          name="Put in a chart of a saved fit"
          look="max-w-60"
          value=""
          options={[["", "choose…"], ...fits.map((f) => [f.id, f.name] as const)]}
          onChange={(fit) => fit && insert(chartBlock({ fit, chart: "law" }))}
        />
        <button type="button" className="button" onClick={() => insert(chartBlock({ live: {}, chart: "law" }))}>
          A live one
        </button>
      </div>
      <TextArea
        name="Text (Markdown)"
        ref={area}
        look="h-[60vh] w-full font-mono text-xs"
        value={draft.body}
        maxLength={200_000}
        onChange={(body) => onChange({ ...draft, body })}
      />
      <p className="text-xs text-muted">
        Charts are blocks that begin with ```etalon. “chart” is law, curves, map, residuals or coefficients. A block
        with “fit” shows a saved fit as it was stored; one with “live” (settings as in the lab’s address) follows the
        runs.
      </p>
    </div>
  );
}
