import { Scroll } from "@/app/_components/page";
import * as format from "@/lib/format";
import type { Dimensions } from "@/lib/run";
import type { ShownRun } from "./messages";

const SHOWN = 200;
const NEEDED = ["peakLr", "batchSeqs", "tokens"] as const;
const NAMES = { peakLr: "learning rate", batchSeqs: "batch", tokens: "tokens" };

/** The runs that were found, and what a law still needs to know of them. */
export function FoundRuns({
  runs,
  dimensions,
}: {
  runs: readonly ShownRun[];
  dimensions: readonly Partial<Dimensions>[] | null;
}) {
  const of = (i: number) => dimensions?.[i] ?? runs[i]!.dimensions;
  return (
    <div>
      <Scroll label="Runs that were found" className="max-h-96 overflow-auto">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col">Written by</th>
              <th scope="col">State</th>
              <th scope="col" className="right">
                Points
              </th>
              <th scope="col" className="right">
                Final loss
              </th>
              <th scope="col" className="right">
                Peak LR
              </th>
              <th scope="col" className="right">
                Batch
              </th>
              <th scope="col" className="right">
                Tokens
              </th>
              <th scope="col">Time</th>
            </tr>
          </thead>
          <tbody>
            {runs.slice(0, SHOWN).map((run, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the list is read once and never changes
              <tr key={i}>
                <th scope="row" className="max-w-64 truncate font-normal" title={run.name}>
                  {run.name}
                </th>
                <td>
                  {run.format}
                  {run.unverified && <span className="text-muted"> (unverified)</span>}
                </td>
                <td>{run.diverged ? "diverged" : run.state}</td>
                <td className="right num" title={format.counted(run.metrics, "metric")}>
                  {run.points.toLocaleString("en")}
                </td>
                <td className="right num" title={run.lossMetric ?? undefined}>
                  {format.loss(run.finalLoss)}
                </td>
                <td className="right num">{format.learningRate(of(i).peakLr)}</td>
                <td className="right num">{of(i).batchSeqs ?? "-"}</td>
                <td className="right num">{format.tokenCount(of(i).tokens)}</td>
                <td className="num text-muted">{span(run)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {runs.length > SHOWN && <p className="text-xs text-muted">and {runs.length - SHOWN} more</p>}
      <Missing dimensions={runs.map((_, i) => of(i))} />
    </div>
  );
}

/** Which runs lie on no curve yet, and for want of what. */
function Missing({ dimensions }: { dimensions: readonly Partial<Dimensions>[] }) {
  const lacking = NEEDED.map((name) => [NAMES[name], dimensions.filter((d) => d[name] == null).length] as const);
  const said = lacking.filter(([, n]) => n > 0);
  const rates = new Set(dimensions.map((d) => d.peakLr).filter((lr) => lr != null)).size;
  const text =
    said.length > 0
      ? `For a law these are missing: ${said.map(([name, n]) => `${name} of ${format.counted(n, "run")}`).join(", ")}. Say them below, or later for the runs.`
      : rates < 3
        ? `${format.counted(rates, "learning rate")} in all: an optimum needs three of one size, batch and length.`
        : null;
  return text && <p className="mt-2 text-muted">{text}</p>;
}

function span({ startedAt, endedAt }: ShownRun): string {
  if (startedAt === null) return "-";
  const day = new Date(startedAt).toISOString().slice(0, 16).replace("T", " ");
  return endedAt === null || endedAt === startedAt ? day : `${day}, ${format.duration((endedAt - startedAt) / 1000)}`;
}
