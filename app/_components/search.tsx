"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { usePathname, useRouter } from "next/navigation";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Outputs } from "@/app/_trpc/outputs";
import { useTRPC } from "../_trpc/client";
import { useTyped } from "./runs/use-list";

interface Hit {
  href: string;
  kind: string;
  name: string;
}

interface Project {
  slug: string;
  name: string;
}

type Found = Outputs["search"]["find"][number];

const FOUND = 12;
const SHOWN = 20;

const words = (text: string) => text.toLowerCase().split(/\s+/).filter(Boolean);

const PAGES = ["sweeps", "runs", "lab", "transfer", "recommendations", "reports", "imports"] as const;
const TEAM_PAGES: [path: string, name: string, words: string][] = [
  ["workers", "Workers", "slots agents"],
  ["settings", "Settings", "team rename delete theme dark light"],
  ["settings/people", "People", "members invite invitations roles settings"],
  ["settings/keys", "API keys", "settings programs scopes"],
  ["settings/audit", "Audit log", "settings changes history"],
  ["recommendations", "Recommendations of the team", ""],
];

/** Ctrl/Cmd-K: pages, and by name whatever the team has; what lies in the project that one is in comes first. */
export function Search({ team, projects }: { team: string; projects: Project[] }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [open, setOpen] = useState(false);
  const show = useCallback(() => {
    setOpen(true);
    dialog.current?.showModal();
  }, []);
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (!(e.ctrlKey || e.metaKey) || e.key.toLowerCase() !== "k") return;
      e.preventDefault();
      show();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [show]);
  return (
    <>
      <button type="button" className="button h-8! font-normal! text-muted" onClick={show}>
        Search <kbd className="hidden font-mono text-[11px] sm:inline">Ctrl K</kbd>
      </button>
      <dialog
        ref={dialog}
        aria-label="Search"
        className="mx-auto mt-[12vh] w-[min(92vw,560px)] rounded-lg border border-line bg-surface p-0 text-text shadow-2xl backdrop:bg-black/40"
      >
        <Finder {...{ team, projects, open }} close={() => dialog.current?.close()} />
      </dialog>
    </>
  );
}

/** What is typed, and what is called that; arrows choose, Enter goes there. */
function Finder({
  team,
  projects,
  open,
  close,
}: {
  team: string;
  projects: Project[];
  open: boolean;
  close: () => void;
}) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const router = useRouter();
  const { hits, here, isSearching } = useHits(team, projects, text, open);
  const go = (hit: Hit | undefined) => {
    if (!hit) return;
    close();
    setText("");
    router.push(hit.href);
  };
  return (
    <>
      <input
        className="w-full border-b border-line bg-transparent px-4 py-3 outline-none"
        placeholder={here ? `In ${here.name} and the other projects` : "Project, page, run, fit, report, …"}
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
        {hits.length === 0 && (
          <li className="px-4 py-3 text-muted">
            {isSearching ? "Searching…" : "Nothing in this team is called that."}
          </li>
        )}
      </ul>
    </>
  );
}

function useHits(team: string, projects: Project[], text: string, open: boolean) {
  const [, , second] = usePathname().split("/");
  const here = projects.find((p) => p.slug === second);
  const trpc = useTRPC();
  const typed = useTyped(text);
  const found = useQuery({
    ...trpc.search.find.queryOptions({ team, what: { project: here?.slug, text: typed, limit: FOUND } }),
    enabled: open,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const hits = useMemo(() => {
    const things = (found.data ?? []).map((f) => ({
      href: hrefOf(team, f),
      kind: f.kind,
      name: f.kind === "project" || f.project.slug === here?.slug ? f.name : `${f.name} · ${f.project.name}`,
      words: `${f.project.name} ${f.project.slug}`,
    }));
    const asked = words(text);
    const known = here ? pagesOf(team, here) : [];
    const others = projects.filter((p) => p !== here).flatMap((p) => pagesOf(team, p));
    const rest = teamPages(team);
    const all = asked.length > 0 ? [...things, ...known, ...rest, ...others] : [...known, ...things, ...rest];
    return all
      .filter((h) => asked.every((w) => `${h.kind} ${h.name} ${h.words}`.toLowerCase().includes(w)))
      .slice(0, SHOWN);
  }, [text, projects, team, here, found.data]);
  return { hits, here, isSearching: found.isPending || typed !== text };
}

const pagesOf = (team: string, { slug, name }: Project) =>
  PAGES.map((page) => ({
    href: `/${team}/${slug}/${page === "lab" ? "fits" : page}`,
    kind: "page",
    name: `${name} · ${page}`,
    words: "",
  }));

const teamPages = (team: string) =>
  TEAM_PAGES.map(([path, name, more]) => ({ href: `/${team}/${path}`, kind: "page", name, words: more }));

const PATHS: Record<Exclude<Found["kind"], "project">, string> = {
  recommendation: "recommendations",
  fit: "fits",
  report: "reports",
  sweep: "sweeps",
  run: "runs",
};

function hrefOf(team: string, { kind, id, project }: Found): string {
  const base = `/${team}/${project.slug}`;
  return kind === "project" ? base : `${base}/${PATHS[kind]}/${id}`;
}
