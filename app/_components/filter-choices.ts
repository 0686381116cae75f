"use client";

import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTRPC } from "@/app/_trpc/client";
import {
  keyText,
  knownChoices,
  METRIC_STATS,
  type Place,
  pointKeys,
  pointValues,
  quoted,
  RUN_FIELDS,
} from "@/lib/filter";
import type { RunPoint } from "@/lib/run";
import { useSettled } from "./curves/use-settled";
import type { FilterChoices } from "./filter-input";

const MOST_VALUES = 50;
const TYPING_MS = 150;

/** What filters of a project's runs are completed with: the values are those of its runs, asked of the server. */
export function useRunChoices(scope: { team: string; project: string; sweepId?: string }): FilterChoices {
  const { team, project, sweepId } = scope;
  const trpc = useTRPC();
  const known = useQuery(trpc.run.keys.queryOptions({ team, project, sweepId })).data;
  const [place, onPlace] = useState<Place | null>(null);
  const key = place?.expects === "value" && place.key && hasValues(place) ? keyText(place.key) : null;
  const typed = useSettled(place?.typed ?? "", TYPING_MS);
  const groups = (filter: string) =>
    trpc.run.groups.queryOptions({
      team,
      query: { project, sweepId, filter, by: [key ?? "name"], limit: MOST_VALUES },
    });
  const first = useQuery({ ...groups(""), enabled: key !== null && key !== "tag" }).data;
  // Where there are more values than that, those that hold what is typed.
  const more = first?.length === MOST_VALUES && typed !== "";
  const found = useQuery({ ...groups(`${key} ~ ${quoted(typed)}`), enabled: more }).data;
  const keys = useMemo(() => {
    const metrics = (known?.metrics ?? []).flatMap((m) =>
      METRIC_STATS.map((stat) => keyText({ kind: "metric", metric: m, stat })),
    );
    return [...Object.keys(RUN_FIELDS), ...(known?.config ?? []), ...metrics];
  }, [known]);
  const values = useMemo(() => {
    if (key === "tag") return known?.tags ?? [];
    return [...new Set([...(first ?? []), ...(found ?? [])].flatMap((g) => g.keys[0] ?? []))];
  }, [key, known, first, found]);
  return { keys, values, onPlace };
}

/** A moment is typed; what has words of its own needs no runs. */
function hasValues(place: Place): boolean {
  return knownChoices(place) === null && !(place.key?.kind === "field" && RUN_FIELDS[place.key.field] === "time");
}

/** The same for filters of points, such as the lab's. */
export function usePointChoices(points: readonly RunPoint[]): FilterChoices {
  const [place, onPlace] = useState<Place | null>(null);
  const key = place?.expects === "value" ? place.key : null;
  const values = useMemo(() => (key ? pointValues(points, key) : []), [points, key]);
  return { keys: pointKeys, values, onPlace };
}
