import { EtalonError } from "@/server/errors";

const DAY_MS = 86_400_000;
const MOST_DAYS = 3_650;

/** `90d` is so many days from now, `2027-01-31` the end of that day in UTC. Errors: `invalid`, also for what is past. */
export function readExpiry(text: string, now: Date): Date {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const at = days ? now.getTime() + Number(days) * DAY_MS : endOfDay(text);
  if (!(at > now.getTime())) throw refused(`"${text}" is no day to come: say 90d or 2027-01-31`);
  if (at > now.getTime() + (MOST_DAYS + 1) * DAY_MS)
    throw refused(`"${text}" is more than ${MOST_DAYS} days away: leave it out for a key without an end`);
  return new Date(at);
}

/** NaN for what is no day, such as 2027-02-30. */
function endOfDay(text: string): number {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return Number.NaN;
  const start = Date.parse(`${text}T00:00:00Z`);
  return new Date(start || 0).toISOString().startsWith(text) ? start + DAY_MS : Number.NaN;
}

function refused(message: string): EtalonError {
  return new EtalonError("invalid", message, [{ field: "expires", message }]);
}
