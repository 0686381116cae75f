import type { IncomingHttpHeaders } from "node:http";
import { LIMITS } from "@/lib/protocol";
import { requireReach } from "../../auth/reach";
import { EtalonError } from "../../errors";
import { Answer, answerOf, refusal, tagged } from "./answer";
import { parseJson, readBytes, unpacked } from "./body";
import type { Call } from "./call";
import { parsed, requireId, requireText } from "./check";
import { keyContext } from "./key";
import { find, type Table } from "./table";

type Bytes = AsyncIterable<Uint8Array> | null;

/** A request as both servers have it. */
export interface Incoming {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingHttpHeaders;
  /** The network address of who calls. */
  from: string | null;
  /** To be read whole, or not at all. */
  body: Bytes;
  /** The body for who may stop reading it. */
  upload: () => Bytes;
}

/** Finds the call, asks who calls, reads what was sent, lets the handler answer. */
export async function answer(table: Table, incoming: Incoming): Promise<Answer> {
  try {
    const { method, url, headers } = incoming;
    const at = url.indexOf("?");
    const path = at < 0 ? url : url.slice(0, at);
    const found = find(table, method, path);
    if ("methods" in found) return otherMethod(method, path, found.methods);
    const { call, params } = found;
    const ctx = call.access === "public" ? null : await keyContext(incoming, call.access);
    requireId(params.id);
    const query = new URLSearchParams(at < 0 ? "" : url.slice(at));
    if (query.size > 0) requireText(Object.fromEntries(query));
    const body = call.raw === "stream" ? incoming.upload() : await bodyOf(call, incoming);
    if (ctx) await requireReach(ctx, params, [...query.values()], body);
    const answered = answerOf(await call.handle({ ctx, params, query, headers, body }));
    return call.tagged ? tagged(answered, headers["if-none-match"]) : answered;
  } catch (e) {
    return refusal(e);
  }
}

/** The body of a call that wants one, within the published limits. */
export async function bodyOf({ body, raw }: Pick<Call, "body" | "raw">, incoming: Pick<Incoming, "headers" | "body">) {
  if (!body && !raw) return undefined;
  const bytes = await unpacked(
    await readBytes(incoming.body, LIMITS.bodyBytes),
    incoming.headers["content-encoding"] ?? null,
  );
  return raw || !body ? bytes : parsed(body, parseJson(bytes));
}

function otherMethod(method: string, path: string, methods: string[]): Answer {
  const allow = { allow: methods.join(", ") };
  if (method === "OPTIONS") return new Answer(null, allow, 204);
  const message = `"${path.slice(0, 200)}" takes ${allow.allow}, not ${method}`;
  return refusal(new EtalonError("wrong_method", message), allow);
}
