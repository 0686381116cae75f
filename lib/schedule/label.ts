import type { Schedule } from "./schema";

/** Everything of a schedule but its peak and its warmup, as the text by which curves are told apart: "wsd 10% exp". */
export function scheduleLabel(schedule: Schedule): string {
  const final = schedule.finalLrFraction === 0 ? "" : ` to ${schedule.finalLrFraction}`;
  switch (schedule.kind) {
    case "constant":
      return "constant";
    case "linear":
    case "cosine":
      return `${schedule.kind}${final}`;
    case "wsd":
      return `wsd ${decayLabel(schedule)}${final}`;
    case "power":
      return `power a ${schedule.a} b ${schedule.b} ${decayLabel(schedule)}${final}`;
  }
}

function decayLabel(schedule: Schedule): string {
  return `${Number((100 * schedule.decayFraction).toPrecision(6))}% ${schedule.decayShape}`;
}
