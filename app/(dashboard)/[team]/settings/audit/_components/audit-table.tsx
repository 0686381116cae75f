import Link from "next/link";
import { Time } from "@/app/_components/time";
import type { Outputs } from "@/app/_trpc/outputs";

type Line = Outputs["audit"]["list"]["lines"][number];

/** Lines; a name shows all of its own. */
export function AuditTable({ team, lines }: { team: string; lines: Line[] }) {
  return (
    <div className="mt-4 overflow-x-auto">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">What</th>
            <th scope="col">Details</th>
            <th scope="col">From</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.id}>
              <td className="whitespace-nowrap">
                <Time at={line.at} />
              </td>
              <td title={line.actor}>
                <Link
                  className="link"
                  prefetch={false}
                  href={`/${team}/settings/audit?${new URLSearchParams({ actor: line.actor })}`}
                >
                  {line.actorName ?? line.actor.slice(line.actor.indexOf(":") + 1)}
                </Link>{" "}
                <span className="text-xs text-muted">{kindOf(line.actor)}</span>
              </td>
              <td className="font-mono text-xs">{line.action}</td>
              <td className="min-w-60 text-xs break-words whitespace-normal">
                <span className="text-muted" title="what it was done to">
                  {line.subject.slice(0, 60)}
                </span>
                {Object.entries(line.detail).map(([name, value]) => (
                  <span key={name} className="ml-2">
                    <span className="text-muted">{name}</span> {said(value)}
                  </span>
                ))}
              </td>
              <td className="num text-xs">{line.address ?? "-"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Beside the name, as anybody may be called like a key. */
function kindOf(actor: string): string {
  return { user: "person", key: "key", system: "server" }[actor.slice(0, actor.indexOf(":"))] ?? "";
}

const MOST = 200;

function said(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > MOST ? `${text.slice(0, MOST)} …` : text;
}
