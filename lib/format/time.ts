const PARTS = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" } as const;

/** A moment to the minute in a time zone (IANA name), with its offset: 2026-01-31 13:00 GMT+1, or UTC. */
export function time(at: Date, zone: string): string {
  if (zone === "UTC") return `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  // By offset, as servers and browsers know different abbreviations.
  const format = new Intl.DateTimeFormat("en-GB", {
    ...PARTS,
    hourCycle: "h23",
    timeZone: zone,
    timeZoneName: "shortOffset",
  });
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const { year, month, day, hour, minute, timeZoneName } = parts;
  return `${year}-${month}-${day} ${hour}:${minute} ${timeZoneName}`;
}
