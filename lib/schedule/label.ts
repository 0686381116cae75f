import type { Schedule } from "./schema";

/** Everything of a schedule but its peak, as the text by which curves are told apart: "wsd 10% exp, warmup 65536". */
export function scheduleLabel(schedule: Schedule): string {
  const warmup = `warmup ${schedule.warmupTokens}`;
  const final = schedule.finalLrFraction === 0 ? "" : ` to ${schedule.finalLrFraction}`;
  switch (schedule.kind) {
    case "constant":
      return `constant, ${warmup}`;
    case "linear":
    case "cosine":
      return `${schedule.kind}${final}, ${warmup}`;
    case "wsd":
      return `wsd ${decayLabel(schedule)}${final}, ${warmup}`;
    case "power":
      return `power a ${schedule.a} b ${schedule.b} ${decayLabel(schedule)}${final}, ${warmup}`;
  }
}

function decayLabel(schedule: Schedule): string {
  return `${Number((100 * schedule.decayFraction).toPrecision(6))}% ${schedule.decayShape}`;
}
