import type { IncomingHttpHeaders } from "node:http";
import type { z } from "zod";
import type { Context, Need } from "../../context";

/** Who may call: anyone, or a key with a scope that the need asks for. */
export type Access = "public" | Exclude<Need, "own" | "keys">;

/** What a handler gets. */
export interface Asked<P = Record<string, string>, B = unknown, C = Context | null> {
  ctx: C;
  params: P;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: B;
}

/** One row of a table: what is asked for, by whom, with what, and who answers; the one source of all about the call. */
export interface Call {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Parts in braces are parameters; one that is called `id` is the UUID of a row. */
  path: string;
  access: Access;
  summary: string;
  /** JSON that the door reads by this schema, or lets through (`ofVerb`), if the handler does not want it raw. */
  body?: z.ZodType;
  /** The handler reads the body itself: as unpacked bytes within the limits, or part by part as it comes. */
  raw?: "bytes" | "stream";
  /** Bodies that are not JSON: type and description. */
  otherBodies?: Record<string, string>;
  query?: Record<string, string>;
  /** In words; what is returned is answered as JSON, nothing as 204, and an `Answer` as it is. */
  answer: string;
  answerType?: string;
  /** Who has the answer already, by its `ETag`, gets 304 without a body. */
  tagged?: boolean;
  handle(asked: Asked): unknown;
}

type Params<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? { [N in Name]: string } & Params<Rest>
  : unknown;

type Body<S, R> = R extends "bytes"
  ? Buffer
  : R extends "stream"
    ? AsyncIterable<Uint8Array> | null
    : S extends z.ZodType
      ? z.output<S>
      : undefined;

interface Typed<P extends string, A extends Access, S, R> extends Omit<Call, "method" | "path" | "handle"> {
  access: A;
  body?: S & z.ZodType;
  raw?: R & Call["raw"];
  handle: (asked: Asked<Params<P>, Body<S, R>, A extends "public" ? null : Context>) => unknown;
}

/** A row whose handler is typed by its path, access and body. */
export function call<P extends string, A extends Access, S = undefined, R = undefined>(
  method: Call["method"],
  path: P,
  spec: Typed<P, A, S, R>,
): Call {
  return { method, path, ...spec } as Call;
}
