"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useId, useState } from "react";
import { ErrorNote, Panel, Scroll } from "@/app/_components/page";
import { Term } from "@/app/_components/term";
import { useTRPC } from "@/app/_trpc/client";
import type { Outputs } from "@/app/_trpc/outputs";
import * as format from "@/lib/format";

type Recipes = Outputs["mapping"]["recipes"];

/** The recipes of the project's runs, the keys in which they differ, and the keys that are no part of one. */
export function RecipesPanel({ team, project, initial }: { team: string; project: string; initial: Recipes }) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const { data } = useQuery({ ...trpc.mapping.recipes.queryOptions({ team, project }), initialData: initial });
  const save = useMutation(
    trpc.mapping.saveIgnored.mutationOptions({ onSuccess: () => void client.invalidateQueries() }),
  );
  const put = (ignored: string[] | null) => save.mutate({ team, change: { project, ignored } });
  return (
    <Panel title="Recipes" note={data.count > 0 ? format.counted(data.count, "recipe") : undefined}>
      <p className="text-muted">
        A <Term name="recipe">recipe</Term> is what is left of a run's config after its dimensions, its seed and keys
        that cannot change training.{" "}
        {data.count === 0 &&
          "No run of this project has a config yet: send one with the run, and its recipe is named here."}
        {data.count === 1 && "All runs that have a config are of one recipe."}
        {data.count > 0 && data.unknown > 0 && ` ${format.counted(data.unknown, "run")} without a config have none.`}
      </p>
      {data.differences.length > 0 && (
        <Differences base={`/${team}/${project}`} data={data} leaveOut={(key) => put([...data.ignored, key])} />
      )}
      <Ignored key={data.ignored.join("\n")} data={data} isSaving={save.isPending} put={put} />
      {save.error && <ErrorNote>{save.error.message}</ErrorNote>}
      {save.data && (
        <p role="status" className="mt-2">
          Recipes of {format.counted(save.data.runs, "run")} are named.
        </p>
      )}
    </Panel>
  );
}

function Differences({ base, data, leaveOut }: { base: string; data: Recipes; leaveOut: (key: string) => void }) {
  return (
    <Scroll label="Keys in which the recipes differ" className="mt-3 max-h-96 overflow-auto">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Key</th>
            {data.recipes.map(({ recipe, runs }) => (
              <th key={recipe} scope="col">
                <Link
                  className="link font-mono"
                  href={`${base}/runs?filter=${encodeURIComponent(`recipe = ${recipe}`)}`}
                >
                  {recipe}
                </Link>
                <span className="block font-normal text-muted">{format.counted(runs, "run")}</span>
              </th>
            ))}
            <th scope="col">
              <span className="sr-only">Leave out</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {data.differences.map(({ key, values }) => (
            <tr key={key}>
              <th scope="row" className="font-mono font-normal">
                {key}
              </th>
              {values.map((value, i) => (
                <td key={data.recipes[i]!.recipe} className="max-w-48 truncate font-mono" title={value ?? "not said"}>
                  {value ?? "-"}
                </td>
              ))}
              <td>
                <button
                  type="button"
                  className="link text-xs"
                  aria-label={`Leave out ${key}`}
                  onClick={() => leaveOut(key)}
                >
                  leave out
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {data.count > data.recipes.length && (
        <p className="mt-1 text-xs text-muted">
          The {data.recipes.length} most frequent of {data.count} recipes.
        </p>
      )}
    </Scroll>
  );
}

function Ignored({
  data,
  isSaving,
  put,
}: {
  data: Recipes;
  isSaving: boolean;
  put: (ignored: string[] | null) => void;
}) {
  const id = useId();
  const said = data.ignored.join("\n");
  const [text, setText] = useState(said);
  const isFirst = said === data.begunWith.join("\n");
  return (
    <details className="mt-3">
      <summary className="cursor-pointer text-xs text-muted">
        Keys that are no part of a recipe ({data.ignored.length} patterns{isFirst ? "" : ", edited"})
      </summary>
      <label className="label mt-2" htmlFor={id}>
        One pattern a line; * stands for any characters, and a word for a key or a part of it between dots
      </label>
      <textarea
        id={id}
        className="field h-48 w-full font-mono text-xs sm:w-[30rem]"
        spellCheck={false}
        value={text}
        onChange={(e) => setText(e.target.value)}
      />
      <div className="mt-2 flex flex-wrap gap-3">
        <button
          type="button"
          className="button button-primary"
          disabled={isSaving || text === said}
          onClick={() => put(text.split("\n").flatMap((line) => line.trim() || []))}
        >
          {isSaving ? "Saving…" : "Save and name again"}
        </button>
        {!isFirst && (
          <button type="button" className="button" disabled={isSaving} onClick={() => put(null)}>
            Back to the first list
          </button>
        )}
      </div>
    </details>
  );
}
