"use client";

import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTRPC } from "../_trpc/client";
import { Copy } from "./copy";
import { ErrorNote, Panel, Scroll } from "./page";

const LANGUAGES = ["Python", "curl"] as const;
type Language = (typeof LANGUAGES)[number];

interface Values {
  url: string;
  key: string;
  project: string;
}

const SNIPPETS: Record<Language, (v: Values) => string> = {
  Python: ({ url, key, project }) => `# pip install ./clients/python
import etalon

run = etalon.init(
    project="${project}",
    config={"lr": 3e-3, "batch": 8},
    dimensions={"peakLr": 3e-3, "batchSeqs": 8, "seqLen": 1024, "tokens": 1e9},
    url="${url}",
    key="${key}",
)
for step in range(100):
    run.log({"train/loss": 4 / (step + 1)}, step=step, tokens=8 * 1024 * step)
run.finish(final_loss=0.04)
`,
  curl: ({ url, key, project }) => `KEY=${key}
RUN=$(curl -s ${url}/api/v1/runs -H "authorization: Bearer $KEY" -H "content-type: application/json" \\
  -d '{"project": "${project}", "name": "by hand", "config": {"lr": 0.003}}' | sed 's/.*"id":"\\([^"]*\\)".*/\\1/')
curl ${url}/api/v1/runs/$RUN/metrics -H "authorization: Bearer $KEY" -H "content-type: application/json" \\
  -d '{"writer": "shell", "seq": 0, "series": [{"metric": "train/loss", "steps": [0, 1, 2], "values": [4, 2, 1.5]}]}'
curl ${url}/api/v1/runs/$RUN/finish -H "authorization: Bearer $KEY" -H "content-type: application/json" \\
  -d '{"state": "finished", "finalLoss": 1.5}'
`,
};

/** What to put into one's own program, with the address, the project and a key filled in. */
export function SendRuns({ team, project }: { team?: string; project?: string }) {
  const [language, setLanguage] = useState<Language>("Python");
  const [url, setUrl] = useState("http://localhost:3210");
  const make = useMutation(useTRPC().apiKey.create.mutationOptions());
  useEffect(() => setUrl(window.location.origin), []);
  const key = make.data?.key ?? "etl_...";
  const text = SNIPPETS[language]({ url, key, project: project ?? "my-project" });
  return (
    <Panel
      title="Send your own runs"
      note={make.data ? "the key is shown only here: keep it" : team ? undefined : "with a key of the team’s settings"}
    >
      <div className="mb-2 flex flex-wrap gap-2">
        {LANGUAGES.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={name === language}
            className={`button h-7! ${name === language ? "bg-accent-soft! text-accent" : ""}`}
            onClick={() => setLanguage(name)}
          >
            {name}
          </button>
        ))}
        <Copy text={text} label="Copy" />
        {team && !make.data && (
          <button
            type="button"
            className="button h-7!"
            disabled={make.isPending}
            onClick={() => make.mutate({ team, key: { name: `runs of ${project ?? "a program"}`, scopes: ["write"] } })}
          >
            Make a key and fill it in
          </button>
        )}
      </div>
      {make.error && <ErrorNote>{make.error.message}</ErrorNote>}
      <Scroll label={`${language} example`} className="overflow-auto rounded bg-sunken p-3">
        <pre className="text-left font-mono text-xs">{text}</pre>
      </Scroll>
    </Panel>
  );
}
