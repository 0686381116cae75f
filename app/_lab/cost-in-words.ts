import * as format from "@/lib/format";

/** "2 runs, 256Ki tokens, about 2 min": what more runs would cost. */
export function costInWords({ runs, tokens, seconds }: { runs: number; tokens: number; seconds: number | null }) {
  const time = seconds === null ? "no worker online to tell the time" : `about ${format.duration(seconds)}`;
  return `${format.counted(runs, "run")}, ${format.tokenCount(tokens)} tokens, ${time}`;
}
