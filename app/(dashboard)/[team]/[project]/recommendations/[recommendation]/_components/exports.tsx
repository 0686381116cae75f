"use client";

import { useMemo, useState } from "react";
import { Copy } from "@/app/_components/copy";
import { Panel, Scroll } from "@/app/_components/page";
import { exportFormats, exportRecommendation } from "@/lib/recommend";
import type { Recommendation } from "./recommendation-view";

export function Exports({ r }: { r: Recommendation }) {
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
