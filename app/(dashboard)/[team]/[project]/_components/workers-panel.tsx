import Link from "next/link";
import { Panel } from "@/app/_components/page";
import { Term } from "@/app/_components/term";
import type { Outputs } from "@/app/_trpc/outputs";

/** The workers that are online. */
export function WorkersPanel({ team, online }: { team: string; online: Outputs["worker"]["list"] }) {
  return (
    <Panel title={<Term name="worker">Workers</Term>}>
      {online.length === 0 ? (
        <p className="text-muted">
          None online.{" "}
          <Link className="link" href={`/${team}/workers`}>
            Start one
          </Link>
        </p>
      ) : (
        <ul className="space-y-1">
          {online.map((w) => (
            <li key={w.id} className="flex justify-between gap-2">
              <span>{w.name}</span>
              <span className="text-xs text-muted">
                {Math.min(w.current.length, w.slots)} of {w.slots} slots busy
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
