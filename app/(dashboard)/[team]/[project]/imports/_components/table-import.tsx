"use client";

import { useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useMemo, useState } from "react";
import { ErrorNote, Panel } from "@/app/_components/page";
import { useTRPCClient } from "@/app/_trpc/client";
import * as format from "@/lib/format";
import {
  type DecimalSign,
  detect,
  importedRuns,
  pointsOfTable,
  problemTexts,
  readTable,
  type Table,
  type TablePoints,
  withDecimalSign,
} from "@/lib/import";
import { guessMapping, type Mapping } from "@/lib/mapping";
import { MappingFields } from "./mapping-fields";
import { PointsPreview } from "./points-preview";

const PREVIEWED = 6;
const SHOWN_PROBLEMS = 50;
const CHUNK = 2_000;

interface Loaded {
  name: string;
  table: Table;
}

/** A file with one row per finished run: read and checked here, stored by the server in parts. */
export function TableImport({ team, project }: { team: string; project: string }) {
  const [file, setFile] = useState<Loaded | null>(null);
  const [mapping, setMapping] = useState<Mapping>({});
  const [error, setError] = useState<string | null>(null);
  const open = async (chosen: File | undefined) => {
    if (!chosen) return;
    setError(null);
    setFile(null);
    try {
      const found = { name: chosen.name, bytes: new Uint8Array(await chosen.arrayBuffer()) };
      detect(found);
      const table = await readTable(found);
      setFile({ name: chosen.name, table });
      setMapping(guessMapping(table.columns));
    } catch (e) {
      setError(`${chosen.name} cannot be read: ${(e as Error).message}`);
    }
  };
  return (
    <Panel title="Import a results table" note="CSV, TSV, JSON lines or Parquet, one row per finished run">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the file field inside is the first */}
      <div
        className="rounded border border-dashed border-line-strong p-4 text-center"
        onDragOver={(e) => e.preventDefault()}
        onDrop={(e) => {
          e.preventDefault();
          void open(e.dataTransfer.files[0]);
        }}
      >
        <label className="button button-primary cursor-pointer">
          Choose a file
          <input
            type="file"
            className="sr-only"
            accept=".csv,.tsv,.txt,.json,.jsonl,.ndjson,.parquet"
            onChange={(e) => void open(e.target.files?.[0])}
          />
        </label>
        <p className="mt-2 text-xs text-muted">
          {file
            ? `${file.name}: ${format.counted(file.table.rows.length, "row")}, ${format.counted(file.table.columns.length, "column")}`
            : "or drop it here. The file is read in this browser; only its rows are sent."}
        </p>
      </div>
      {error && <ErrorNote>{error}</ErrorNote>}
      {file && <Review key={file.name} {...{ team, project, file, mapping, setMapping }} />}
    </Panel>
  );
}

function Review({
  team,
  project,
  file,
  mapping,
  setMapping,
}: {
  team: string;
  project: string;
  file: Loaded;
  mapping: Mapping;
  setMapping: (m: Mapping) => void;
}) {
  const [decimal, setDecimal] = useState<DecimalSign | null>(null);
  const table = useMemo(() => (decimal ? withDecimalSign(file.table, decimal) : file.table), [file, decimal]);
  const read = useMemo(() => pointsOfTable(table, mapping), [table, mapping]);
  const [skip, setSkip] = useState(false);
  const badRows = new Set(read.problems.map((p) => p.line)).size;
  const mappingProblems = new Map(
    read.problems
      .filter((p) => p.line === 1)
      .map((p) => [p.field, `${p.value && `"${p.value}" `}${p.message.split(";")[0]}`]),
  );
  const ready = read.points.length > 0 && (badRows === 0 || skip);
  return (
    <div className="mt-4 space-y-4">
      <MappingFields mapping={mapping} names={file.table.columns} problems={mappingProblems} onChange={setMapping} />
      {read.points.length > 0 && (
        <PointsPreview points={read.points.slice(0, PREVIEWED)} lines={read.lines.slice(0, PREVIEWED)} />
      )}
      {(read.question || decimal) && (
        <fieldset className="rounded border border-diverged p-3">
          <legend className="px-1">How does this file write numbers?</legend>
          {read.question && (
            <p>
              Line {read.question.line}, column “{read.question.field}” has “{read.question.value}”, which reads
              differently by decimal sign.
            </p>
          )}
          {(["point", "comma"] as const).map((sign) => (
            <label key={sign} className="mt-2 mr-4 inline-flex items-center gap-2">
              <input type="radio" name="decimal" checked={decimal === sign} onChange={() => setDecimal(sign)} />
              {sign === "point" ? "1,234.5 (decimal point)" : "1.234,5 (decimal comma)"}
            </label>
          ))}
        </fieldset>
      )}
      <LeftOut read={read} />
      {mappingProblems.size === 0 && !read.question && badRows > 0 && (
        <Problems read={read} badRows={badRows} skip={skip} setSkip={setSkip} />
      )}
      <Send {...{ team, project, file: { ...file, table }, read, ready }} />
    </div>
  );
}

/** Rows that are no points without anything being wrong with them, and batches that were rounded. */
function LeftOut({ read: { unfinished, noResult, notes } }: { read: TablePoints }) {
  const parts = [
    unfinished.length > 0 && `${format.counted(unfinished.length, "run")} left out: not ended`,
    noResult.length > 0 && `${format.counted(noResult.length, "run")} left out: ended without a result`,
    notes.length > 0 && `${format.counted(notes.length, "batch", "batches")} rounded to whole sequences`,
  ].filter(Boolean);
  return parts.length > 0 ? <p className="text-muted">{parts.join("; ")}.</p> : null;
}

function Problems({
  read,
  badRows,
  skip,
  setSkip,
}: {
  read: TablePoints;
  badRows: number;
  skip: boolean;
  setSkip: (v: boolean) => void;
}) {
  const texts = problemTexts(read.problems);
  return (
    <div className="rounded border border-failed p-3">
      <p className="text-failed">{format.counted(badRows, "row")} cannot be read.</p>
      <ul className="mt-2 max-h-40 overflow-auto font-mono text-xs">
        {texts.slice(0, SHOWN_PROBLEMS).map((text) => (
          <li key={text}>{text}</li>
        ))}
        {texts.length > SHOWN_PROBLEMS && <li>and {texts.length - SHOWN_PROBLEMS} more</li>}
      </ul>
      <label className="mt-2 flex items-center gap-2">
        <input type="checkbox" checked={skip} onChange={(e) => setSkip(e.target.checked)} />
        Import the {read.points.length === 1 ? "good row" : `${read.points.length} good rows`} and leave{" "}
        {badRows === 1 ? "this one" : "these"} out
      </label>
    </div>
  );
}

function Send({
  team,
  project,
  file,
  read,
  ready,
}: {
  team: string;
  project: string;
  file: Loaded;
  read: TablePoints;
  ready: boolean;
}) {
  const api = useTRPCClient();
  const client = useQueryClient();
  const [done, setDone] = useState<number | null>(null);
  const [told, setTold] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const total = read.points.length;
  const send = async () => {
    setError(null);
    setTold(null);
    const { runs, problems } = importedRuns(read, file.table);
    const sum = { created: 0, updated: 0, unchanged: 0 };
    const skipped = new Set([...read.problems, ...problems].map((p) => p.line)).size;
    let continues: string | undefined;
    try {
      for (let first = 0; first < runs.length; first += CHUNK) {
        setDone(first);
        const part = { project, file: file.name, runs: runs.slice(first, first + CHUNK), skipped, continues };
        const result = await api.import.run.mutate({ team, import: part });
        continues = result.id;
        for (const key of ["created", "updated", "unchanged"] as const) sum[key] += result[key];
      }
      setTold(
        `${format.counted(total, "row")}: ${sum.created} new ${sum.created === 1 ? "run" : "runs"}, ${sum.updated} updated, ${sum.unchanged} unchanged.`,
      );
      void client.invalidateQueries();
    } catch (e) {
      setError(`${(e as Error).message}. What was stored before stays; importing the file again goes on from there.`);
    }
    setDone(null);
  };
  return (
    <div className="space-y-2">
      {done !== null && (
        <progress className="w-full" value={done} max={total} aria-label={`${done} of ${total} rows`} />
      )}
      {error && <ErrorNote>{error}</ErrorNote>}
      <div className="flex flex-wrap items-center gap-3">
        <button type="button" className="button button-primary" disabled={!ready || done !== null} onClick={send}>
          {done === null ? `Import ${format.counted(total, "run")}` : `${done} of ${total}…`}
        </button>
        {told && (
          <span role="status">
            {told}{" "}
            <Link className="link" href={`/${team}/${project}/fits`}>
              To the lab
            </Link>
          </span>
        )}
      </div>
      <p className="text-xs text-muted">
        A row with the same dimensions as one imported before updates that run. The same from a shell:{" "}
        <code>npx etalon import table FILE --project {project} --map …</code>
      </p>
    </div>
  );
}
