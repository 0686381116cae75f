"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useTRPC } from "@/app/_trpc/client";
import { DeleteRuns } from "../delete-runs";
import { ErrorNote } from "../page";
import { EditRuns } from "./edit-runs";
import { ADDRESSED, type Chosen, compareHref, pointsHref, tableHref } from "./points-href";

interface Props {
  team: string;
  project: string;
  sweepId?: string;
  filter: string;
  /** All runs that the filter lets through. */
  total: number;
  chosen: string[];
  /** Every run that the filter lets through is chosen. */
  all: boolean;
  canChooseAll: boolean;
  chooseAll: () => void;
  clear: () => void;
}

/** What can be done with the chosen runs, or with all of the list; any number of them. */
export function Actions(props: Props) {
  const { team, project, sweepId, filter, total, chosen, all, canChooseAll, chooseAll, clear } = props;
  const router = useRouter();
  const select = useMutation(useTRPC().run.select.mutationOptions());
  const list = { project, sweepId, filter };
  const n = all ? total : chosen.length;
  const which: Chosen = all ? list : { project, runIds: chosen };
  /** The same runs under a name that is short enough for an address. */
  const addressed = async (): Promise<Chosen> => {
    if (!all && chosen.length <= ADDRESSED) return which;
    const { id } = await select.mutateAsync({ team, which });
    return { project, selection: id };
  };
  const follow = (href: (c: Chosen) => string) =>
    addressed().then(
      (c) => window.location.assign(href(c)),
      () => {}, // shown below
    );
  const files = n > 0 ? { n, open: follow, direct: null } : { n: total, open: null, direct: list };
  return (
    <>
      <div className="mb-2 flex min-h-8 flex-wrap items-center gap-2 print:hidden">
        {n > 0 && (
          <>
            <span className="num text-xs text-muted" role="status">
              {n.toLocaleString("en")} chosen
            </span>
            {canChooseAll && !all && (
              <button type="button" className="link text-xs" onClick={chooseAll}>
                Choose all {total.toLocaleString("en")}
              </button>
            )}
            <button
              type="button"
              className="button"
              disabled={n < 2 || select.isPending}
              onClick={() =>
                addressed().then(
                  (c) => router.push(compareHref(team, c)),
                  () => {},
                )
              }
            >
              Compare {n.toLocaleString("en")}
            </button>
            <EditRuns team={team} which={which} runs={n} />
            <DeleteRuns
              team={team}
              project={project}
              runIds={all ? undefined : chosen}
              choose={all ? async () => (await select.mutateAsync({ team, which })).id : undefined}
              label={`Delete ${n.toLocaleString("en")}`}
              onStarted={clear}
            />
            <button type="button" className="link text-xs" onClick={clear}>
              Choose none
            </button>
          </>
        )}
        {files.n > 0 && (
          <span className="ml-auto flex flex-wrap items-center gap-x-2 text-xs text-muted">
            {files.n === 1 ? "1 run" : `${files.n.toLocaleString("en")} runs`}:
            <FileLink name="table (CSV)" files={files} href={(c) => tableHref(team, c)} />
            <FileLink name="points (CSV)" files={files} href={(c) => pointsHref(team, c, "csv")} />
            <FileLink name="points (Parquet)" files={files} href={(c) => pointsHref(team, c, "parquet")} />
          </span>
        )}
      </div>
      {select.error && <ErrorNote>{select.error.message}</ErrorNote>}
    </>
  );
}

/** A link where an address can name the runs at once, else a button that makes one first. */
function FileLink({
  name,
  files,
  href,
}: {
  name: string;
  files: { open: ((href: (c: Chosen) => string) => void) | null; direct: Chosen | null };
  href: (c: Chosen) => string;
}) {
  if (files.direct) {
    return (
      <a className="link" href={href(files.direct)} download>
        {name}
      </a>
    );
  }
  return (
    <button type="button" className="link" onClick={() => files.open?.(href)}>
      {name}
    </button>
  );
}
