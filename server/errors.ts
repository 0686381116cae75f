/** The closed set of error codes; adapters map them once to HTTP and tRPC. */
export const ERROR_CODES = {
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  wrong_method: 405,
  invalid: 422,
  malformed: 400,
  conflict: 409,
  too_large: 413,
  too_many: 429,
  unavailable: 503,
  /** The disk of the server is full. */
  full: 507,
  internal: 500,
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface FieldIssue {
  field: string;
  message: string;
}

/** An error a person or program can act on: what, where (field), what to do. */
export class EtalonError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly issues: FieldIssue[] = [],
    /** With `too_many`, `unavailable` and `full`: when to try again. */
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
    this.name = "EtalonError";
  }
}

export const notFound = (what: string, id: string) =>
  new EtalonError("not_found", `${what} "${id}" was not found in this team`);
