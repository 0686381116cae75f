"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { type ReactNode, useEffect, useState } from "react";
import { LiveDot, LiveProvider } from "./live";
import { Notifications } from "./notifications";
import { Search } from "./search";
import { ServerNotes } from "./server-notes";
import { ThemeChoice } from "./theme";

interface Named {
  slug: string;
  name: string;
}

const PROJECT_PAGES = [
  ["", "Overview"],
  ["sweeps", "Sweeps"],
  ["runs", "Runs"],
  ["fits", "Lab"],
  ["transfer", "Transfer"],
  ["recommendations", "Recommendations"],
  ["reports", "Reports"],
  ["imports", "Imports"],
] as const;

const TEAM_PAGES = [
  ["recommendations", "Recommendations"],
  ["workers", "Workers"],
  ["settings", "Settings"],
] as const;

/** Left rail (a drawer on a phone), top bar, and the page. */
export function Shell({
  team,
  teams,
  projects,
  user,
  children,
}: {
  team: Named;
  teams: Named[];
  projects: Named[];
  user: string;
  children: ReactNode;
}) {
  const [open, setOpen] = useState(false);
  const pathname = usePathname();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the drawer closes when the page changes
  useEffect(() => setOpen(false), [pathname]);
  return (
    <LiveProvider team={team.slug}>
      <a href="#content" className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-surface focus:p-2">
        Skip to content
      </a>
      <div className="flex min-h-dvh">
        <nav
          aria-label="Main"
          className={`${open ? "fixed inset-y-0 left-0 z-40 flex shadow-xl" : "hidden"} w-56 shrink-0 flex-col gap-4 overflow-y-auto border-r border-line bg-surface p-3 md:sticky md:top-0 md:flex md:h-dvh`}
        >
          <Link href={`/${team.slug}`} className="px-2 pt-1 text-[17px] font-semibold tracking-tight">
            <span className="mr-1.5 font-serif text-accent italic">η</span>Etalon
          </Link>
          <Rail team={team} teams={teams} projects={projects} pathname={pathname} />
          <div className="mt-auto space-y-2 px-2">
            <ThemeChoice />
            <p className="truncate text-xs text-muted">
              <Link className="link" href="/glossary">
                Glossary
              </Link>{" "}
              ·{" "}
              <Link className="link" href="/api-reference">
                API
              </Link>
            </p>
            <p className="truncate text-xs text-muted">
              <Link className="link" href="/account" title="Your account, sessions and teams">
                {user}
              </Link>{" "}
              ·{" "}
              <a className="link" href="/sign-out">
                sign out
              </a>
            </p>
          </div>
        </nav>
        {open && (
          <button
            type="button"
            aria-label="Close menu"
            className="fixed inset-0 z-30 bg-black/40 md:hidden"
            onClick={() => setOpen(false)}
          />
        )}
        <div className="flex min-w-0 flex-1 flex-col">
          <header className="sticky top-0 z-20 flex h-11 items-center gap-3 border-b border-line bg-page/95 px-4 backdrop-blur md:px-6">
            <button
              type="button"
              className="button h-8! px-2! md:hidden"
              aria-expanded={open}
              onClick={() => setOpen(true)}
            >
              Menu
            </button>
            <Crumbs team={team} projects={projects} pathname={pathname} />
            <div className="ml-auto flex items-center gap-3">
              <Search team={team.slug} projects={projects} />
              <Notifications team={team.slug} />
              <LiveDot />
            </div>
          </header>
          <ServerNotes />
          <main id="content" className="mx-auto w-full max-w-[1600px] min-w-0 flex-1 p-4 md:p-6">
            {children}
          </main>
        </div>
      </div>
    </LiveProvider>
  );
}

function Rail({
  team,
  teams,
  projects,
  pathname,
}: {
  team: Named;
  teams: Named[];
  projects: Named[];
  pathname: string;
}) {
  const item = (href: string, name: string, deep = true) => {
    const current = pathname === href || (deep && pathname.startsWith(`${href}/`));
    return (
      <li key={href}>
        <Link
          href={href}
          aria-current={current ? "page" : undefined}
          className={`block truncate rounded px-2 py-1 hover:bg-sunken ${current ? "bg-accent-soft font-medium text-accent" : ""}`}
        >
          {name}
        </Link>
      </li>
    );
  };
  return (
    <>
      {projects.map((p) => {
        const base = `/${team.slug}/${p.slug}`;
        const inside = pathname === base || pathname.startsWith(`${base}/`);
        return (
          <div key={p.slug}>
            <Link href={base} className="block truncate px-2 pb-1 text-xs font-semibold text-muted hover:text-text">
              {p.name}
            </Link>
            {(inside || projects.length === 1) && (
              <ul>{PROJECT_PAGES.map(([path, name]) => item(path ? `${base}/${path}` : base, name, path !== ""))}</ul>
            )}
          </div>
        );
      })}
      <div>
        <p className="px-2 pb-1 text-xs font-semibold text-muted">{team.name}</p>
        <ul>
          {item(`/${team.slug}`, "Projects", false)}
          {TEAM_PAGES.map(([path, name]) => item(`/${team.slug}/${path}`, name))}
          {teams.filter((t) => t.slug !== team.slug).map((t) => item(`/${t.slug}`, `Switch to ${t.name}`, false))}
          {teams.length > 1 && item("/account", "All teams", false)}
        </ul>
      </div>
    </>
  );
}

function Crumbs({ team, projects, pathname }: { team: Named; projects: Named[]; pathname: string }) {
  const [, , second, third] = pathname.split("/");
  const project = projects.find((p) => p.slug === second);
  const parts: [string, string][] = [[`/${team.slug}`, team.name]];
  if (project) parts.push([`/${team.slug}/${project.slug}`, project.name]);
  const page = project ? PROJECT_PAGES.find(([p]) => p !== "" && p === third) : TEAM_PAGES.find(([p]) => p === second);
  if (page) parts.push([project ? `/${team.slug}/${project.slug}/${page[0]}` : `/${team.slug}/${page[0]}`, page[1]]);
  return (
    <ol aria-label="Breadcrumb" className="flex min-w-0 items-center gap-1.5 text-[13px] text-muted">
      {parts.map(([href, name], i) => (
        <li key={href} className={`truncate ${i < parts.length - 1 ? "hidden sm:block" : ""}`}>
          {i > 0 && (
            <span className="mr-1.5 hidden sm:inline" aria-hidden>
              /
            </span>
          )}
          <Link href={href} className="hover:text-text">
            {name}
          </Link>
        </li>
      ))}
    </ol>
  );
}
