"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useMemo, useState } from "react";
import type { z } from "zod";
import { CheckField, Choice, TextField } from "@/app/_components/fields";
import { ErrorNote, Panel } from "@/app/_components/page";
import { Term } from "@/app/_components/term";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import * as format from "@/lib/format";
import {
  costTokens,
  estimateSeconds,
  InvalidConfigError,
  moeSpace,
  PRESETS,
  parametrizationSpace,
  type SearchSpace,
  searchSpaceSchema,
  sweepJobs,
} from "@/lib/sweep";
import { BudgetPlan } from "./budget-plan";
import { SpaceForm } from "./space-form";

const STARTS: [string, SearchSpace][] = [
  ...PRESETS.map((p): [string, SearchSpace] => [p.title, p.space]),
  ["addition: muP against the standard parametrization", parametrizationSpace()],
  ["addition: mixture of experts, 4 experts, top 2", moeSpace()],
];

/** Axes with a live count, cost and time, and every config checked before anything is queued. */
export function NewSweep({
  team,
  project,
  initial,
  name: firstName,
  workers,
}: {
  team: string;
  project: string;
  initial: SearchSpace | null;
  name: string;
  workers: Outputs["worker"]["list"];
}) {
  const [space, setSpace] = useState<SearchSpace>(initial ?? PRESETS[1]!.space);
  const [name, setName] = useState(firstName);
  const [reuse, setReuse] = useState(true);
  const [start, setStart] = useState("");
  const trpc = useTRPC();
  const router = useRouter();
  const create = useMutation(
    trpc.sweep.create.mutationOptions({ onSuccess: ({ id }) => router.push(`/${team}/${project}/sweeps/${id}`) }),
  );
  const plan = useMemo(() => planOf(space, workers), [space, workers]);
  const begin = (title: string) => {
    const chosen = STARTS.find(([t]) => t === title);
    if (!chosen) return;
    setStart(title);
    setSpace(chosen[1]);
    setName((n) => n || title.replace("addition: ", ""));
  };
  const fill = (planned: SearchSpace) => {
    setStart(`planned ${JSON.stringify(planned)}`);
    setSpace(planned);
  };
  return (
    <div className="space-y-4">
      <BudgetPlan workers={workers} onFill={fill} />
      <form
        className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_320px]"
        onSubmit={(e) => {
          e.preventDefault();
          create.mutate({ team, sweep: { project, name: name || "Sweep", space, reuse } });
        }}
      >
        <Panel title={<Term name="axis">Axes</Term>}>
          <Choice
            name="Begin with"
            className="mb-4"
            look="w-full max-w-xl"
            value={STARTS.some(([title]) => title === start) ? start : ""}
            options={[
              ["", initial ? "the axes of the earlier sweep" : "a preset…"],
              ...STARTS.map(([title]) => [title, title] as const),
            ]}
            onChange={begin}
          />
          <SpaceForm
            key={start}
            space={space}
            problems={"fields" in plan ? plan.fields : NO_PROBLEMS}
            onChange={setSpace}
          />
        </Panel>
        <Panel title="Plan" className="h-fit">
          <TextField name="Name" value={name} placeholder="Sweep" maxLength={100} onChange={setName} />
          <CheckField
            className="mt-3"
            name="Leave out runs that the project has"
            title="A run of one config and seed gives the same bits again"
            value={reuse}
            onChange={setReuse}
          />
          {"problems" in plan ? (
            <div className="mt-3 space-y-2">
              {plan.problems.slice(0, 4).map((p) => (
                <ErrorNote key={p}>{p}</ErrorNote>
              ))}
            </div>
          ) : (
            <Costs plan={plan} />
          )}
          {create.error && (
            <div className="mt-3">
              <ErrorNote>{create.error.message}</ErrorNote>
            </div>
          )}
          <button
            type="submit"
            className="button button-primary mt-4 w-full justify-center"
            disabled={"problems" in plan || create.isPending}
          >
            {create.isPending ? "Queueing…" : "Queue the sweep"}
          </button>
        </Panel>
      </form>
    </div>
  );
}

interface Costed {
  runs: number;
  jobs: number;
  tokens: number;
  seconds: number | null;
  slots: number;
}

function Costs({ plan }: { plan: Costed }) {
  return (
    <dl className="num mt-3 grid grid-cols-2 gap-y-1">
      <dt className="text-muted">Runs</dt>
      <dd className="text-right">{plan.runs}</dd>
      <dt className="text-muted">
        <Term name="trunk">Trunks</Term>
      </dt>
      <dd className="text-right">{plan.jobs}</dd>
      <dt className="text-muted">Tokens to train</dt>
      <dd className="text-right">{format.tokenCount(Math.round(plan.tokens))}</dd>
      <dt className="text-muted">Time on {format.counted(plan.slots, "slot")}</dt>
      <dd className="text-right">{plan.seconds === null ? "no worker online" : format.duration(plan.seconds)}</dd>
    </dl>
  );
}

type Plan = { problems: string[]; fields: ReadonlyMap<string, string> } | Costed;

function planOf(space: SearchSpace, workers: Outputs["worker"]["list"]): Plan {
  const parsed = searchSpaceSchema.safeParse(space);
  if (!parsed.success) return unreadable(parsed.error.issues);
  try {
    const jobs = sweepJobs(parsed.data);
    const online = workers.filter((w) => w.online);
    const slots = online.reduce((n, w) => n + w.slots, 0);
    return {
      runs: jobs.reduce((n, j) => n + j.runs.length, 0),
      jobs: jobs.length,
      tokens: jobs.reduce((n, j) => n + costTokens(j.runs), 0),
      seconds: online[0] ? estimateSeconds(parsed.data, online[0].tokensPerS, slots) : null,
      slots,
    };
  } catch (e) {
    const problems = e instanceof InvalidConfigError ? [...new Set(e.problems)] : [(e as Error).message];
    return { problems, fields: NO_PROBLEMS };
  }
}

const NO_PROBLEMS: ReadonlyMap<string, string> = new Map();

/** What the description refuses, beside its field; what belongs to a list stands at the list. */
function unreadable(issues: readonly Issue[]): Plan {
  const fields = new Map<string, string>();
  for (const issue of issues) {
    const { path } = issue;
    const isInList = typeof path.at(-1) === "number" && path.length > 1;
    const at = (isInList ? path.slice(0, -1) : path).join(".");
    if (!fields.has(at)) fields.set(at, inWords(issue));
  }
  return { problems: [...fields].map(([at, words]) => `${at.replaceAll(".", " ")} ${words}`), fields };
}

type Issue = z.core.$ZodIssue;

function inWords(issue: Issue): string {
  if (issue.code === "too_small")
    return issue.inclusive ? `must be at least ${issue.minimum}` : `must be above ${issue.minimum}`;
  if (issue.code === "too_big") return `must be at most ${issue.maximum}`;
  return issue.code === "invalid_type" ? "must be a whole number" : issue.message;
}
