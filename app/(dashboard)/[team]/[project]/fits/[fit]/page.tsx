import type { Metadata } from "next";
import Link from "next/link";
import { cache } from "react";
import { PageHeader } from "@/app/_components/page";
import { load } from "@/app/_components/require";
import { Time } from "@/app/_components/time";
import { nextRunsAddress } from "@/app/_lab/next-runs-address";
import { changedSince } from "@/lib/fit";
import * as format from "@/lib/format";
import { api } from "@/server/api/caller";
import { StoredFit } from "./_components/stored-fit";

interface Props {
  params: Promise<{ team: string; project: string; fit: string }>;
}

/** Asked for once a page. */
const read = cache((team: string, id: string) => api.fit.get({ team, id }));

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { team, fit: id } = await params;
  return { title: (await load(() => read(team, id))).name };
}

export default async function FitPage({ params }: Props) {
  const { team, project, fit: id } = await params;
  const fit = await load(() => read(team, id));
  const base = `/${team}/${project}`;
  const older = changedSince(fit.result.method);
  const query = encodeURIComponent(JSON.stringify(fit.result.settings));
  return (
    <>
      <PageHeader
        title={fit.name}
        actions={
          <>
            <Link className="button" href={`${base}/fits?fit=${query}`}>
              Open in the lab
            </Link>
            <Link className="button" href={nextRunsAddress(base, fit.result.settings)}>
              Which runs next?
            </Link>
            <Link className="button button-primary" href={`${base}/recommendations/new?fit=${fit.id}`}>
              Make a recommendation
            </Link>
          </>
        }
      >
        Saved <Time at={fit.createdAt} />
        {fit.author && ` by ${fit.author}`} from {format.counted(fit.result.runIds.length, "run")} · input{" "}
        {fit.result.inputHash.slice(0, 12)} ·{" "}
        {fit.reproduced
          ? "computed again just now: same result"
          : older
            ? "made by an older method"
            : "computing it again gives another result: runs were deleted or changed"}
      </PageHeader>
      {older && !fit.reproduced && (
        <p className="panel mb-4 p-4">
          This fit was made by an older method and is shown as it was saved. What has changed since: {older}.{" "}
          <Link className="link" href={`${base}/fits?fit=${query}`}>
            Fit anew
          </Link>
        </p>
      )}
      <StoredFit result={fit.result} since={fit.since} base={base} />
    </>
  );
}
