import type { Schedule } from "./schema";

/**
 * What tells schedules of one kind apart, but for peak and warmup, as text: "10% exp", "10% exp to 0.1", "to 0.1" of a
 * cosine, "a 4 b -0.51 10% exp" of a power schedule; null where there is nothing to say.
 */
export function scheduleShape(schedule: Schedule): string | null {
  const final = schedule.finalLrFraction === 0 ? [] : [`to ${schedule.finalLrFraction}`];
  switch (schedule.kind) {
    case "constant":
      return null;
    case "linear":
    case "cosine":
      return final[0] ?? null;
    case "wsd":
      return [decayLabel(schedule), ...final].join(" ");
    case "power":
      return [`a ${schedule.a} b ${schedule.b}`, decayLabel(schedule), ...final].join(" ");
  }
}

/** The decay of a run in words: "10% exp". */
export function decayLabel({ decayFraction, decayShape }: Pick<Schedule, "decayFraction" | "decayShape">): string {
  return `${Number((100 * decayFraction).toPrecision(6))}% ${decayShape}`;
}
