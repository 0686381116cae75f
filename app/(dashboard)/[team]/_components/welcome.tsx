import Link from "next/link";
import { Panel } from "@/app/_components/page";
import { aRole } from "@/app/_components/role";
import * as format from "@/lib/format";

const MAY = {
  viewer: "You see everything here, runs, laws and recommendations, and may watch what changes. Editors change things.",
  editor: "You may change everything here but the team's people, its keys, and whole projects.",
} as const;

/** For who has just joined: where she is, what is current, what she may do. */
export function Welcome({
  team,
  published,
}: {
  team: { slug: string; name: string; role: string };
  published: number;
}) {
  const may = MAY[team.role as keyof typeof MAY];
  return (
    <Panel title={`Welcome to ${team.name}`} note={`you are ${aRole(team.role)} here`} className="mb-4">
      <p className="text-muted">{may}</p>
      <ul className="mt-2 list-disc space-y-1 pl-5">
        <li>
          {published > 0 ? (
            <>
              {format.counted(published, "learning-rate recommendation")} of the team {published === 1 ? "is" : "are"}{" "}
              current:{" "}
              <Link className="link" href={`/${team.slug}/recommendations`}>
                see what to train with
              </Link>
              .
            </>
          ) : (
            "No learning-rate recommendation is published yet; they stand under Recommendations once one is."
          )}
        </li>
        <li>
          <Link className="link" href={`/${team.slug}/settings/people`}>
            Who is in the team
          </Link>
          , and{" "}
          <Link className="link" href="/account">
            your account
          </Link>
          : name, sessions, teams.
        </li>
      </ul>
    </Panel>
  );
}
