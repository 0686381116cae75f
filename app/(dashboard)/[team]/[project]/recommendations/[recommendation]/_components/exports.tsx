"use client";

import { useMemo, useState } from "react";
import { Copy } from "@/app/_components/copy";
import { Panel, Scroll } from "@/app/_components/page";
import { type ExportedFile, exportFormats, exportRecommendation, type RefusedExport } from "@/lib/recommend";
import type { Recommendation } from "./recommendation";

export function Exports({ r }: { r: Recommendation }) {
  const id = r.state === "draft" ? undefined : r.id;
  const all = useMemo(() => exportFormats.map((f) => exportRecommendation(r.result, f, id)), [r.result, id]);
  const files = all.filter((f): f is ExportedFile => "text" in f);
  const refused = all.filter((f): f is RefusedExport => "why" in f);
  const [chosen, setChosen] = useState<string>("pytorch");
  const file = files.find((f) => f.format === chosen) ?? files[0];
  if (!file) return null;
  return (
    <Panel
      title="Use it in your training code"
      note={`or read it with an API key: GET /api/v1/recommendations/${r.id}`}
    >
      <div className="mb-2 flex flex-wrap gap-2">
        <fieldset className="flex flex-wrap gap-2">
          <legend className="sr-only">Format</legend>
          {files.map((f) => (
            <button
              key={f.format}
              type="button"
              aria-pressed={f === file}
              className={`button h-7! ${f === file ? "bg-accent-soft! text-accent" : ""}`}
              onClick={() => setChosen(f.format)}
            >
              {f.title}
            </button>
          ))}
        </fieldset>
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
      {refused.map((f) => (
        <p key={f.format} className="mt-2 text-xs text-muted">
          Not for {f.title}: {f.why}.
        </p>
      ))}
    </Panel>
  );
}
