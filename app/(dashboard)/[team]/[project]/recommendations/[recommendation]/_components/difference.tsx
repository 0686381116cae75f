import Link from "next/link";
import { Panel } from "@/app/_components/page";
import * as format from "@/lib/format";
import type { Recommendation } from "@/lib/recommend";

/** What changed against the recommendation that this one has replaced; only what differs. */
export function Difference({
  before,
  now,
  base,
}: {
  before: { id: string; title: string; result: Recommendation };
  now: Recommendation;
  base: string;
}) {
  const rows = differences(before.result, now);
  return (
    <Panel
      title="What it changes"
      note={
        <>
          against{" "}
          <Link className="link" href={`${base}/recommendations/${before.id}`}>
            {before.title}
          </Link>
        </>
      }
    >
      {rows.length === 0 ? (
        <p className="text-muted">Nothing: the same numbers from another fit.</p>
      ) : (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col" className="right">
                Before
              </th>
              <th scope="col" className="right">
                Now
              </th>
              <th scope="col" className="right">
                Change
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((r) => (
              <tr key={r.what}>
                <td>{r.what}</td>
                <td className="right">{r.before}</td>
                <td className="right">{r.now}</td>
                <td className="right">{r.change}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function differences(p: Recommendation, q: Recommendation) {
  const numbers: [string, number | null | undefined, number | null | undefined][] = [
    ["Peak LR (WSD)", p.wsd?.peakLr, q.wsd?.peakLr],
    ["Interval, low", p.wsd?.confidence.low, q.wsd?.confidence.low],
    ["Interval, high", p.wsd?.confidence.high, q.wsd?.confidence.high],
    ["Power a", p.power?.a, q.power?.a],
    ["Power b", p.power?.b, q.power?.b],
    ["Power cap", p.power?.cap, q.power?.cap],
    ["Warmup tokens", p.warmupTokens, q.warmupTokens],
    ["Optima", p.evidence.optima, q.evidence.optima],
    ["Runs", p.evidence.runs, q.evidence.runs],
  ];
  const changed = numbers
    .filter(([, before, now]) => before !== now)
    .map(([what, before, now]) => ({
      what,
      before: format.significant(before),
      now: format.significant(now),
      change: before && now ? `${now / before > 1 ? "+" : ""}${format.percent(now / before - 1, 1)}` : "",
    }));
  const form = p.evidence.equation !== q.evidence.equation;
  const law = form ? [{ what: "Law", before: p.evidence.equation, now: q.evidence.equation, change: "" }] : [];
  const codes = (r: Recommendation) => r.warnings.map((w) => w.code);
  const fresh = codes(q).filter((c) => !codes(p).includes(c));
  const gone = codes(p).filter((c) => !codes(q).includes(c));
  const warnings =
    fresh.length + gone.length > 0
      ? [{ what: "Warnings", before: gone.join(", ") || "-", now: fresh.join(", ") || "-", change: "" }]
      : [];
  return [...changed, ...law, ...warnings];
}
