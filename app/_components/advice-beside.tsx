import { Term } from "@/app/_components/term";
import * as format from "@/lib/format";
import type { BatchAdvice, Recommendation, WeightDecayAdvice } from "@/lib/recommend";
import { Fact, Panel } from "./page";

/** What goes with the rate: the best batch at the target's length, and the weight decay at the target's batch. */
export function BesideTheRate({ result }: { result: Recommendation }) {
  const { batch, weightDecay, target } = result;
  return (
    <>
      {batch && (
        <Panel title={<Term name="best batch">Best batch</Term>}>
          {"best" in batch ? <BestBatch advice={batch} seqLen={target.seqLen} /> : <Why>{batch.reason}</Why>}
        </Panel>
      )}
      {weightDecay && (
        <Panel title={<Term name="timescale">Weight decay</Term>} note={conventionNote(weightDecay)}>
          {"source" in weightDecay ? <Decay advice={weightDecay} /> : <Why>{weightDecay.reason}</Why>}
        </Panel>
      )}
    </>
  );
}

const Why = ({ children }: { children: string }) => <p className="text-muted">{children}</p>;

function BestBatch({ advice, seqLen }: { advice: BatchAdvice; seqLen: number }) {
  const { best, interval, near, own, tried, source, unit } = advice;
  const said = (v: number) =>
    unit === "sequences" ? `${format.significant(v)} sequences` : `${format.tokenCount(v)} tokens`;
  const range = ({ low, high }: { low: number; high: number }) =>
    unit === "sequences"
      ? `${format.significant(low)} to ${format.significant(high)}`
      : `${format.tokenCount(low)} to ${format.tokenCount(high)}`;
  return (
    <>
      <p className="num text-2xl font-semibold tracking-tight" title={String(best)}>
        {said(best)}
      </p>
      <p className="num mt-1 text-[15px]">
        {interval ? range(interval) : "an interval without an end: the losses bend too little along the batch"}
      </p>
      {interval && (
        <p className="text-xs text-muted">
          <Term name="95% interval">95% interval</Term> of the law
        </p>
      )}
      <dl className="mt-3 grid gap-3 sm:grid-cols-2">
        <Fact name={<Term name="plateau">Within 0.25% of the best loss</Term>}>{range(near)}</Fact>
        <Fact name="This target's batch">
          {said(own)}
          {unit === "tokens" && ` (${format.counted(Math.round(own / seqLen), "sequence")})`},{" "}
          {format.significant(own / best)} times the best
        </Fact>
        <Fact name="Tried">{range(tried)}</Fact>
        <Fact name="Source">{source}</Fact>
      </dl>
    </>
  );
}

function Decay({ advice }: { advice: WeightDecayAdvice }) {
  const { weightDecay, interval, timescale, source, decays } = advice;
  const range = interval && `${format.learningRate(interval.low)} to ${format.learningRate(interval.high)}`;
  return (
    <>
      <p className="num text-2xl font-semibold tracking-tight" title={String(weightDecay ?? "")}>
        {format.learningRate(weightDecay)}
      </p>
      <p className="num mt-1 text-[15px]">
        {range ?? "an interval without an end: the losses bend too little along it"}
      </p>
      <p className="text-xs text-muted">
        {source === "measured" ? (
          <>
            <Term name="95% interval">95% interval</Term> of the decay of the least loss, over several tried
          </>
        ) : (
          `keeps the timescale of the weights within that of the sweep. ${decays > 1 ? "Losses do not bend along its decays" : "It had one weight decay"}, so which is best is not known`
        )}
      </p>
      <dl className="mt-3">
        <Fact name={<Term name="timescale">Timescale</Term>}>{format.significant(timescale)} of the run</Fact>
      </dl>
    </>
  );
}

function conventionNote(advice: NonNullable<Recommendation["weightDecay"]>): string | undefined {
  if (!("source" in advice)) return undefined;
  if (advice.convention === "independent") return "independent of the rate";
  return advice.convention === null ? "read as times the rate, as PyTorch's AdamW has it" : "times the rate";
}
