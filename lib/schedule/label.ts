import { decayShapes, type Schedule } from "./schema";

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

/** What a label says, also one of another program: its first word, and "10% exp" of "wsd 10% exp"; null is unknown. */
export function readScheduleLabel(label: string | null): { family: string | null; decay: string | null } {
  const family = /^\s*([a-z]+)/i.exec(label ?? "")?.[1]?.toLowerCase() ?? null;
  const [, percent, shape] = /(\d+(?:\.\d+)?)% ([\w-]+)/.exec(label ?? "") ?? [];
  const decay = percent && (decayShapes as readonly string[]).includes(shape!) ? `${Number(percent)}% ${shape}` : null;
  const final = / to ([\d.e-]+)/.exec(label ?? "")?.[1];
  return { family: family === "unknown" ? null : family, decay: decay && final ? `${decay} to ${final}` : decay };
}
