"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { TextArea, TextField } from "@/app/_components/fields";
import { ErrorNote } from "@/app/_components/page";
import { useTRPC, useTRPCClient } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import * as format from "@/lib/format";
import { numbersOf, patternLine, patternProblem } from "@/lib/import";
import { PatternPreview } from "./pattern-preview";

export type Pattern = Outputs["import"]["patterns"][number];

interface Props {
  team: string;
  project: string;
  patterns: Pattern[];
  /** Told of all patterns once one was saved or taken away. */
  again: (all: Pattern[]) => void;
}

/** Logs that no format knows, described by their lines: numbers get names, the rest is text. */
export function Patterns({ team, project, patterns, again }: Props) {
  const api = useTRPCClient();
  const client = useQueryClient();
  const trpc = useTRPC();
  const renew = async () => {
    await client.invalidateQueries({ queryKey: trpc.import.patterns.queryKey() });
    again(await api.import.patterns.query({ team, project }));
  };
  const remove = useMutation(trpc.import.deletePattern.mutationOptions({ onSuccess: renew }));
  return (
    <details className="mt-3">
      <summary className="cursor-pointer">
        Logs that no format knows
        {patterns.length > 0 && ` (${format.counted(patterns.length, "pattern")})`}
      </summary>
      <div className="mt-3 space-y-3">
        {patterns.map((p) => (
          <div key={p.id} className="flex flex-wrap items-baseline justify-between gap-x-4">
            <span className="min-w-0">
              {p.name}: <code className="break-all">{p.lines.join(" · ")}</code>
            </span>
            <button
              type="button"
              className="link"
              disabled={remove.isPending}
              onClick={() => remove.mutate({ team, id: p.id })}
            >
              Remove
            </button>
          </div>
        ))}
        {remove.error && <ErrorNote>{remove.error.message}</ErrorNote>}
        <Builder team={team} project={project} saved={renew} />
      </div>
    </details>
  );
}

function Builder({ team, project, saved }: { team: string; project: string; saved: () => Promise<void> }) {
  const [text, setText] = useState("");
  const [name, setName] = useState("");
  const [lines, setLines] = useState<string[]>([]);
  const trpc = useTRPC();
  const save = useMutation(
    trpc.import.savePattern.mutationOptions({
      onSuccess: async () => {
        setLines([]);
        setText("");
        setName("");
        await saved();
      },
    }),
  );
  const good = lines.filter((line) => line.trim() !== "");
  const isReady = good.length > 0 && good.every((line) => patternProblem(line) === null) && name.trim() !== "";
  const paste = (pasted: string) => {
    setText(pasted);
    const first = pasted.split("\n").find((line) => line.trim() !== "");
    if (first && lines.length === 0) setLines([patternLine(first.trim(), numbersOf(first.trim()))]);
  };
  const change = (at: number, line: string) => setLines(lines.map((old, i) => (i === at ? line : old)));
  return (
    <div className="space-y-3">
      <TextArea name="Paste some lines of the log" value={text} rows={5} spellCheck={false} onChange={paste} />
      {lines.map((line, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by its place
        <div key={i}>
          <TextField
            name={`Line ${i + 1}: {step}, {of}, {tokens}, or a metric in brackets; {*} is not taken, {...} any text`}
            value={line}
            onChange={(next) => change(i, next)}
          />
          {line.trim() !== "" && patternProblem(line) && <p className="mt-1 text-failed">{patternProblem(line)}</p>}
        </div>
      ))}
      {lines.length > 0 && (
        <>
          <button type="button" className="link" onClick={() => setLines([...lines, ""])}>
            Another kind of line
          </button>
          <PatternPreview text={text} lines={good} />
          <div className="flex flex-wrap items-end gap-3">
            <TextField name="Name of the pattern" value={name} maxLength={100} onChange={setName} />
            <button
              type="button"
              className="button button-primary"
              disabled={!isReady || save.isPending}
              onClick={() => save.mutate({ team, pattern: { project, name, lines: good } })}
            >
              Save the pattern
            </button>
          </div>
        </>
      )}
      {save.error && <ErrorNote>{save.error.message}</ErrorNote>}
    </div>
  );
}
