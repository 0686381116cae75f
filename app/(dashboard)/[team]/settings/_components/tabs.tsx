"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";

const TABS = [
  ["", "Team"],
  ["/people", "People"],
  ["/keys", "Keys"],
  ["/sign-in", "Sign-in"],
  ["/notifications", "Notifications"],
  ["/audit", "Audit"],
] as const;

export function SettingsTabs({ team }: { team: string }) {
  const pathname = usePathname();
  return (
    <nav aria-label="Settings" className="mb-4 flex flex-wrap gap-x-1 border-b border-line">
      {TABS.map(([path, name]) => {
        const href = `/${team}/settings${path}`;
        const isHere = pathname === href;
        return (
          <Link
            key={href}
            href={href}
            aria-current={isHere ? "page" : undefined}
            className={`-mb-px border-b-2 px-3 py-1.5 ${isHere ? "border-accent font-medium text-accent" : "border-transparent text-muted hover:text-text"}`}
          >
            {name}
          </Link>
        );
      })}
    </nav>
  );
}
