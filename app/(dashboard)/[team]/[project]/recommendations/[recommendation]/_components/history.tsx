import { Panel } from "@/app/_components/page";
import { Time } from "@/app/_components/time";
import { Difference } from "./difference";
import type { Recommendation } from "./recommendation";

const SAYING = {
  create: "made the draft",
  publish: "published it",
  withdraw: "withdrew it",
  outcome: "said how the large run went",
  share: "made a link for others",
  unshare: "took a link away",
} as const satisfies Record<Recommendation["changes"][number]["what"], string>;

/** Who did what, and what those before it had changed. */
export function History({ r, base }: { r: Recommendation; base: string }) {
  const earlier = r.replaces.slice(1);
  return (
    <Panel title="History">
      <ol className="space-y-1">
        {r.changes.map((change) => (
          <li key={`${change.what} ${change.at.getTime()}`}>
            {change.by ?? "somebody"} {SAYING[change.what]} · <Time at={change.at} />
          </li>
        ))}
      </ol>
      {r.changes.length === 0 && (
        <p className="text-muted">What was done to it is told as long as the team keeps its audit log.</p>
      )}
      {earlier.length > 0 && (
        <details className="mt-3">
          <summary className="cursor-pointer">What its predecessors had changed ({earlier.length})</summary>
          <div className="mt-3 space-y-4">
            {earlier.map((before, i) => (
              <Difference key={before.id} before={before} now={r.replaces[i]!.result} base={base} />
            ))}
          </div>
        </details>
      )}
    </Panel>
  );
}
