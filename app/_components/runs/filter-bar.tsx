"use client";

import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { useTRPC } from "@/app/_trpc/client";
import { METRIC_STATS, RUN_FIELDS } from "@/lib/filter";
import { useRunChoices } from "../filter-choices";
import { FilterInput } from "../filter-input";
import { COLUMNS, columnName } from "./columns";
import type { ListProps, RunPageQuery } from "./use-list";

interface Keys {
  config: string[];
  metrics: string[];
}

const HINT = "Filter: state = finished lr >= 0.004";

/** Filter, grouping and added columns of a list of runs. */
export function FilterBar({ team, project, sweepId, view, change, page }: ListProps & { page: RunPageQuery }) {
  const errorId = useId();
  const trpc = useTRPC();
  const keys = useQuery(trpc.run.keys.queryOptions({ team, project, sweepId })).data;
  const choices = useRunChoices({ team, project, sweepId });
  const error = page.error?.message ?? null;
  const total = page.data?.total;
  return (
    <div>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <FilterInput
          className="field text-[12.5px]"
          width="w-full sm:w-[30rem]"
          type="search"
          placeholder={HINT}
          aria-label="Filter runs"
          aria-invalid={error !== null}
          aria-describedby={errorId}
          choices={choices}
          value={view.filter}
          onChange={(filter) => change({ filter })}
        />
        <Help />
        <span className="num min-w-16 text-xs text-muted" role="status">
          {total === undefined ? "" : total === 1 ? "1 run" : `${total.toLocaleString("en")} runs`}
        </span>
        <span className="ml-auto flex flex-wrap items-center gap-3 text-xs text-muted">
          <KeySelect
            label="Group by"
            none="nothing"
            value={view.group}
            set={(group) => change({ group })}
            keys={{ config: keys?.config ?? [], metrics: [] }}
            fields={Object.keys(RUN_FIELDS).filter((f) => f !== "created" && f !== "duration")}
          />
          {view.group ? (
            <KeySelect
              label="Mean of"
              value={view.value}
              set={(value) => change({ value: value || "finalLoss" })}
              keys={keys}
              fields={Object.entries(RUN_FIELDS).flatMap(([f, type]) => (type === "number" ? [f] : []))}
            />
          ) : (
            <KeySelect
              label="Add column"
              none="choose"
              value=""
              set={(key) => key && !view.columns.includes(key) && change({ columns: [...view.columns, key] })}
              keys={keys}
              fields={Object.keys(RUN_FIELDS).filter((f) => f !== "name" && !COLUMNS.some((c) => c.key === f))}
            />
          )}
        </span>
      </div>
      {view.columns.length > 0 && !view.group && (
        <p className="mt-2 flex flex-wrap gap-2 text-xs">
          {view.columns.map((key) => (
            <button
              key={key}
              type="button"
              className="rounded bg-sunken px-2 py-0.5"
              aria-label={`Remove column ${columnName(key)}`}
              onClick={() => change({ columns: view.columns.filter((c) => c !== key) })}
            >
              {columnName(key)} ×
            </button>
          ))}
        </p>
      )}
      <p id={errorId} role="alert" className={error ? "mt-1 text-xs text-failed" : "sr-only"}>
        {error}
      </p>
    </div>
  );
}

function KeySelect({
  label,
  none,
  value,
  set,
  keys,
  fields,
}: {
  label: string;
  none?: string;
  value: string;
  set: (key: string) => void;
  keys: Keys | undefined;
  fields: string[];
}) {
  const metrics = (keys?.metrics ?? []).flatMap((m) =>
    METRIC_STATS.map((stat) => `metric(${JSON.stringify(m)}).${stat}`),
  );
  const known = [...fields, ...(keys?.config ?? []), ...metrics];
  return (
    <label className="flex items-center gap-1.5">
      {label}
      <select className="field h-7! w-28 text-xs" value={value} onChange={(e) => set(e.target.value)}>
        {none && <option value="">{none}</option>}
        {value && !known.includes(value) && <option value={value}>{columnName(value)}</option>}
        <Options name="fields" keys={fields} />
        <Options name="config" keys={keys?.config ?? []} />
        <Options name="metrics" keys={metrics} />
      </select>
    </label>
  );
}

function Options({ name, keys }: { name: string; keys: string[] }) {
  if (keys.length === 0) return null;
  return (
    <optgroup label={name}>
      {keys.map((k) => (
        <option key={k} value={k}>
          {columnName(k)}
        </option>
      ))}
    </optgroup>
  );
}

function Help() {
  return (
    <details className="relative text-xs text-muted">
      <summary className="cursor-pointer">How to filter</summary>
      <div className="panel absolute z-20 mt-1 w-[min(88vw,30rem)] space-y-1.5 p-3 text-text shadow-md">
        <p>
          A bare word looks in the names. Conditions that follow each other must all hold; <Mono>or</Mono>,{" "}
          <Mono>not</Mono> and brackets work. <Mono>~</Mono> finds a part of a text.
        </p>
        <p>
          Fields: <Mono>{Object.keys(RUN_FIELDS).join(" ")}</Mono>
        </p>
        <p>
          Config: <Mono>config.optimizer.lr &gt; 0.001</Mono>. Metrics: <Mono>metric("val/loss").min &lt; 2.5</Mono>,
          with {METRIC_STATS.join(", ")}.
        </p>
      </div>
    </details>
  );
}

const Mono = ({ children }: { children: React.ReactNode }) => <code className="font-mono break-words">{children}</code>;
