import { Term } from "@/app/_components/term";
import * as format from "@/lib/format";
import type { Recommendation, WsdAdvice } from "@/lib/recommend";
import { bandOf, type DistanceBand, farthest, type TargetDistance } from "@/lib/recommend";
import { Fact } from "./page";

const LOOK: Record<DistanceBand, { words: string; className: string }> = {
  inside: { words: "inside the data", className: "text-finished" },
  near: { words: "near the data", className: "text-running" },
  beyond: { words: "beyond the data", className: "text-diverged" },
  far: { words: "far beyond the data", className: "text-failed" },
};

function factorOf(result: Pick<Recommendation, "distances" | "wsd">): number {
  return farthest(result.distances)?.factor ?? result.wsd?.extrapolation.largest ?? 1;
}

/** How far the target lies from what was measured, in words and colour, dimension by dimension. */
export function DistanceNote({ result }: { result: Recommendation }) {
  const factor = factorOf(result);
  const { words, className } = LOOK[bandOf(factor)];
  const outside = (result.distances ?? []).filter((d) => d.factor > 1).sort((p, q) => q.factor - p.factor);
  return (
    <div className={`panel border-l-4! border-l-current! px-4 py-2.5 ${className}`}>
      <p className="font-semibold">
        This target is <Term name="band">{words}</Term>
        {factor > 1 && `: ${format.significant(factor)} times outside`}
      </p>
      {outside.length > 0 && (
        <ul className="mt-1 text-[13px] text-text">
          {outside.map((d) => (
            <li key={d.dimension}>
              {d.dimension} {measured(d)} (a factor {format.significant(d.factor)})
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** The peak, with as many digits as it deserves, and the wider of its intervals. */
export function Peak({ wsd, distances }: { wsd: WsdAdvice; distances: Recommendation["distances"] }) {
  const band = bandOf(factorOf({ wsd, distances }));
  const shown = wsd.interval ?? wsd.confidence;
  const other = shown === wsd.confidence || sameRange(shown, wsd.confidence) ? wsd.bootstrap : wsd.confidence;
  const otherName = other === wsd.bootstrap ? "by bootstrap" : "by Student t";
  return (
    <>
      <p
        className={`num font-semibold tracking-tight ${band === "far" ? `text-2xl ${LOOK[band].className}` : "text-4xl"}`}
        title={String(wsd.peakLr)}
      >
        {band === "far" ? `about ${format.learningRate(wsd.peakLr, 2)}` : format.learningRate(wsd.peakLr)}
      </p>
      <p className="num mt-1 text-[15px]">{interval(shown)}</p>
      <p className="text-xs text-muted">
        <Term name="95% interval">95% interval</Term> of the law
        {other ? `, the wider of two; ${otherName} ${interval(other)}` : ""}
        {wsd.straight && `. It allows for a bend; if the law goes on straight ${interval(wsd.straight)}`}
      </p>
      <dl className="mt-3 grid gap-3 sm:grid-cols-2">
        <Fact name="95% for one new optimum">{interval(wsd.prediction)}</Fact>
        <Fact name={<Term name="plateau">Within 0.25% of the best loss</Term>}>
          {wsd.plateau ? interval(wsd.plateau) : "-"}
        </Fact>
        {wsd.regret && (
          <Fact name={<Term name="regret">Expected cost of what is unknown</Term>}>
            {format.significant(100 * wsd.regret.mean, 2)}% of the loss, nine times in ten below{" "}
            {format.significant(100 * wsd.regret.p90, 2)}%
          </Fact>
        )}
      </dl>
    </>
  );
}

const sameRange = (p: { low: number; high: number }, q: { low: number; high: number }) =>
  p.low === q.low && p.high === q.high;

/** "2Mi, data 128Ki to 1Mi". */
function measured({ dimension, target, data: { low, high }, unit }: TargetDistance): string {
  const isCount = dimension === "tokens" || dimension === "parameters";
  const count = isCount
    ? format.apart([target, low, high], format.tokenCount)
    : (n: number) => (dimension === "compute" ? format.significant(n) : String(Number(n.toFixed(2))));
  return `${count(target)}${unit ? ` ${unit}` : ""}, data ${low === high ? count(low) : `${count(low)} to ${count(high)}`}`;
}

const interval = ({ low, high }: { low: number; high: number }) =>
  `${format.learningRate(low)} to ${format.learningRate(high)}`;
