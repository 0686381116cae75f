"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTRPC } from "../_trpc/client";
import { useTyped } from "./runs/use-list";

interface Hit {
  href: string;
  kind: string;
  name: string;
}

const SHOWN = 12;

const words = (text: string) => text.toLowerCase().split(/\s+/).filter(Boolean);

/** Ctrl/Cmd-K: projects and pages, and the sweeps and runs of the first project in the address. */
export function Search({ team, projects }: { team: string; projects: { slug: string; name: string }[] }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const [open, setOpen] = useState(false);
  const router = useRouter();
  const project = projects[0]?.slug;
  const trpc = useTRPC();
  const sweeps = useQuery({
    ...trpc.sweep.list.queryOptions({ team, project: project ?? "" }),
    enabled: open && !!project,
  });
  // The server looks through the runs, however many there are: those whose name has every word.
  const filter = useTyped(
    words(text)
      .map((w) => `name ~ ${JSON.stringify(w)}`)
      .join(" "),
  );
  const runs = useQuery({
    ...trpc.run.query.queryOptions({ team, query: { project: project ?? "", filter, limit: SHOWN } }),
    enabled: open && !!project,
    placeholderData: keepPreviousData,
    retry: false,
  });

  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (!(e.ctrlKey || e.metaKey) || e.key.toLowerCase() !== "k") return;
      e.preventDefault();
      show();
    };
    const show = () => {
      setOpen(true);
      dialog.current?.showModal();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);

  const hits = useMemo(() => {
    const all: Hit[] = [
      ...projects.flatMap((p) =>
        ["", "/sweeps", "/runs", "/fits", "/transfer", "/recommendations"].map((path) => ({
          href: `/${team}/${p.slug}${path}`,
          kind: "page",
          name: `${p.name}${path.replace("/", " · ").replace("fits", "lab")}`,
        })),
      ),
      ...["workers", "settings", "recommendations"].map((p) => ({ href: `/${team}/${p}`, kind: "page", name: p })),
      ...(sweeps.data ?? []).map((s) => ({ href: `/${team}/${project}/sweeps/${s.id}`, kind: "sweep", name: s.name })),
      ...(runs.data?.runs ?? []).map((r) => ({ href: `/${team}/${project}/runs/${r.id}`, kind: "run", name: r.name })),
    ];
    return all.filter((h) => words(text).every((w) => `${h.kind} ${h.name}`.toLowerCase().includes(w))).slice(0, SHOWN);
  }, [text, projects, team, project, sweeps.data, runs.data]);

  const go = (hit: Hit | undefined) => {
    if (!hit) return;
    dialog.current?.close();
    setText("");
    router.push(hit.href);
  };
  return (
    <>
      <button
        type="button"
        className="button h-8! font-normal! text-muted"
        onClick={() => {
          setOpen(true);
          dialog.current?.showModal();
        }}
      >
        Search <kbd className="hidden font-mono text-[11px] sm:inline">Ctrl K</kbd>
      </button>
      <dialog
        ref={dialog}
        aria-label="Search"
        className="mx-auto mt-[12vh] w-[min(92vw,560px)] rounded-lg border border-line bg-surface p-0 text-text shadow-2xl backdrop:bg-black/40"
      >
        <input
          className="w-full border-b border-line bg-transparent px-4 py-3 outline-none"
          placeholder="Project, page, sweep or run"
          aria-label="Search text"
          role="combobox"
          aria-expanded="true"
          aria-controls="search-hits"
          value={text}
          onChange={(e) => {
            setText(e.target.value);
            setAt(0);
          }}
          onKeyDown={(e) => {
            if (e.key === "ArrowDown") setAt((i) => Math.min(i + 1, hits.length - 1));
            else if (e.key === "ArrowUp") setAt((i) => Math.max(i - 1, 0));
            else if (e.key === "Enter") go(hits[at]);
            else return;
            e.preventDefault();
          }}
        />
        <ul id="search-hits" className="max-h-[50vh] overflow-y-auto py-1">
          {hits.map((h, i) => (
            <li key={h.href}>
              <button
                type="button"
                className={`flex w-full justify-between gap-4 px-4 py-1.5 text-left ${i === at ? "bg-accent-soft" : ""}`}
                onClick={() => go(h)}
              >
                <span className="truncate">{h.name}</span>
                <span className="text-xs text-muted">{h.kind}</span>
              </button>
            </li>
          ))}
          {hits.length === 0 && <li className="px-4 py-3 text-muted">Nothing is called that.</li>}
        </ul>
      </dialog>
    </>
  );
}
