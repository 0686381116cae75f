"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Confirm } from "@/app/_components/confirm";
import { Choice } from "@/app/_components/fields";
import { ErrorNote, Panel } from "@/app/_components/page";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";

const DAYS = [
  ["", "for ever", ""],
  ["90", "90 days", ""],
  ["365", "a year", ""],
  ["730", "two years", ""],
  ["1825", "five years", ""],
] as const;

/** How long lines are kept. */
export function Retention({ team, initial }: { team: string; initial: Outputs["audit"]["retention"] }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const options = trpc.audit.retention.queryOptions({ team });
  const { days } = useQuery({ ...options, initialData: initial }).data;
  const now = String(days ?? "");
  const [chosen, setChosen] = useState(now);
  const save = useMutation(
    trpc.audit.saveRetention.mutationOptions({
      onSuccess: () => void client.invalidateQueries({ queryKey: options.queryKey }),
    }),
  );
  const store = () => save.mutate({ team, retention: { days: chosen === "" ? null : Number(chosen) } });
  const known = DAYS.some(([value]) => value === now) ? DAYS : [...DAYS, [now, `${now} days`, ""] as const];
  return (
    <Panel title="How long lines are kept" note={days === null ? "for ever" : `${days} days`}>
      <div className="flex flex-wrap items-end gap-3">
        <Choice name="Keep lines" look="" value={chosen} options={known} onChange={setChosen} />
        {chosen === "" ? (
          <button type="button" className="button" disabled={chosen === now || save.isPending} onClick={store}>
            Save
          </button>
        ) : (
          <Confirm
            label="Save"
            title="Delete older lines?"
            action="Delete them"
            disabled={chosen === now || save.isPending}
            onConfirm={store}
          >
            Lines older than {chosen} days are deleted within the hour, and from then on as they get that old. There is
            no way back: export them first.
          </Confirm>
        )}
      </div>
      {save.error && <ErrorNote>{save.error.message}</ErrorNote>}
    </Panel>
  );
}
