import Link from "next/link";
import { State } from "@/app/_components/state";
import * as format from "@/lib/format";
import type { Recommendation } from "./recommendation";

type Follower = Recommendation["followers"]["list"][number];

/** Runs that say that they follow the advice, each against it. */
export function Followers({ team, r }: { team: string; r: Recommendation }) {
  const { total, list } = r.followers;
  if (total === 0)
    return (
      <p className="mt-3 text-xs text-muted">
        Runs that read this recommendation by <code>etalon.recommendation()</code>, or train with one of its files,
        stand here by themselves.
      </p>
    );
  return (
    <div className="mt-4 overflow-x-auto">
      <table className="table">
        <caption className="mb-1 text-left text-muted">
          Used by {format.counted(total, "run")}
          {total > list.length && `, the newest ${list.length}`}
        </caption>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">State</th>
            <th scope="col" className="right">
              Used LR
            </th>
            <th scope="col" className="right">
              Of the advice
            </th>
            <th scope="col" className="right">
              Loss
            </th>
            <th scope="col">Differs from the target in</th>
          </tr>
        </thead>
        <tbody>
          {list.map((run) => (
            <Row key={run.id} team={team} run={run} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ team, run }: { team: string; run: Follower }) {
  return (
    <tr>
      <td>
        <Link className="link" href={`/${team}/${run.project}/runs/${run.id}`}>
          {run.name}
        </Link>
      </td>
      <td>
        <State state={run.diverged ? "diverged" : run.state} />
      </td>
      <td className="right">{run.usedLr === null ? "unknown" : format.learningRate(run.usedLr)}</td>
      <td className="right">{run.offLog2 === null ? "" : format.percent(2 ** run.offLog2)}</td>
      <td className="right">{run.loss === null ? "" : format.loss(run.loss)}</td>
      <td>{run.differs.map((d) => `${d.dimension} (${d.run}, not ${d.target})`).join(", ") || "nothing"}</td>
    </tr>
  );
}
