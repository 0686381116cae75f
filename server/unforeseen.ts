import { EtalonError } from "./errors";

/** What a value can make the database refuse, by SQLSTATE; the schemas should have refused it before. */
const VALUES: Record<string, string> = {
  "22001": "a text is too long",
  "22003": "a number is out of range",
  "22007": "a date cannot be read",
  "22008": "a date is out of range",
  "22012": "a number may not be zero",
  "22021": "a text has a character that cannot be stored",
  "22P02": "a value cannot be read",
  "22P05": "a text has a character that cannot be stored",
  "23502": "a value is missing",
  "23514": "a value is out of range",
  "54000": "a text is too long",
};
const AWAY = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "EPIPE", "ENOENT", "ETIMEDOUT"],
  ...["CONNECTION_CLOSED", "CONNECTION_ENDED", "CONNECTION_DESTROYED", "CONNECT_TIMEOUT"],
  // Shutting down, starting up, too many connections, demoted to a replica, deadlock and serialisation: all pass.
  ...["57P01", "57P02", "57P03", "53300", "53200", "25006", "25P03", "40P01", "40001", "55P03", "57014"],
]);
const FULL = new Set(["53100", "ENOSPC", "EDQUOT"]);
const RETRY_AFTER_SECONDS = 1;

/** Why the database is away, where whoever keeps it alive knows more than that nothing answers. */
export interface Outage {
  code: "full" | "unavailable";
  message: string;
}
const shared = globalThis as unknown as { etalonOutage?: Outage | null };

/** Said by who keeps the database alive; every answer of all bundles names it until `null` is said. */
export function setOutage(outage: Outage | null): void {
  shared.etalonOutage = outage;
}

export function currentOutage(): Outage | null {
  return shared.etalonOutage ?? null;
}

export const DISK_FULL =
  "the server's disk is full: nothing of this request was stored; free space on the server, then send it again";

/** An error that nobody has named as what it means to the caller; null for a fault of the program. */
export function asEtalonError(e: unknown): EtalonError | null {
  for (let cause = e; typeof cause === "object" && cause !== null; cause = "cause" in cause ? cause.cause : null) {
    if (cause instanceof EtalonError) return cause;
    const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
    if (FULL.has(code)) {
      return new EtalonError("full", DISK_FULL, [], 10 * RETRY_AFTER_SECONDS);
    }
    if (AWAY.has(code) || code.startsWith("08")) {
      const known = currentOutage();
      const wait = known?.code === "full" ? 10 * RETRY_AFTER_SECONDS : RETRY_AFTER_SECONDS;
      const message = known?.message ?? "the database is away for the moment; try again";
      return new EtalonError(known?.code ?? "unavailable", message, [], wait);
    }
    if (code === "23505") return new EtalonError("conflict", "the same is there already");
    if (code === "23503") return new EtalonError("conflict", "what this belongs to was deleted meanwhile");
    const what = VALUES[code];
    if (what) {
      const field = "column_name" in cause && typeof cause.column_name === "string" ? cause.column_name : "body";
      return new EtalonError("invalid", `the database refused the request: ${what}`, [{ field, message: what }]);
    }
  }
  return null;
}

/** What the log says of a fault: the failing statement without its parameters, which can hold what people wrote. */
export function logFault(e: unknown): void {
  if (e instanceof Error && "query" in e && "params" in e) console.error(`failed statement: ${e.query}`, e.cause);
  else console.error(e);
}
