import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { LIMITS, seriesRequestSchema } from "@/lib/protocol";
import type { Context, Need } from "../context";
import { EtalonError } from "../errors";
import { appendMetrics } from "../services/metric";
import { errorAnswer, keyContext, parsed, requireId, requireText } from "./answer";
import { parseJson, readBytes, unpacked } from "./body";
import { LIMIT_HEADERS, metricsBody } from "./metrics-body";
import { seriesAnswer } from "./series-answer";

interface Call {
  ctx: Context;
  bytes: Buffer;
  headers: IncomingMessage["headers"];
  id: string;
  query: URLSearchParams;
}

interface Answer {
  status?: number;
  headers: Record<string, string>;
  body: Iterable<Uint8Array> | string;
}

interface DirectCall {
  path: RegExp;
  access: Need;
  handle: (call: Call) => Promise<Answer>;
}

const JSON_TYPE = { "content-type": "application/json" };

/** Calls that a program makes many times a second, or waits for: a pass through Next's router takes longer than they do. */
const CALLS: DirectCall[] = [
  {
    path: /^\/api\/v1\/runs\/([^/?]+)\/metrics(?:\?(.*))?$/,
    access: "ingest",
    handle: async ({ ctx, bytes, headers, id, query }) => {
      const batch = metricsBody(bytes, headers["content-type"] ?? null, query);
      const stored = await appendMetrics(ctx, { runId: id, batch });
      return { headers: { ...JSON_TYPE, ...LIMIT_HEADERS }, body: JSON.stringify(stored) };
    },
  },
  {
    path: /^\/api\/v1\/series()(?:\?(.*))?$/,
    access: "read",
    handle: async ({ ctx, bytes, headers }) => {
      const { type, body } = await seriesAnswer(ctx, parsed(seriesRequestSchema, parseJson(bytes)), headers.accept);
      return { headers: { "content-type": type }, body };
    },
  },
];

/**
 * Answers one of these calls as its route does, with the `common` headers. False for every other request.
 */
export function answerDirectly(
  req: IncomingMessage,
  res: ServerResponse,
  common: Record<string, string> = {},
): boolean {
  if (req.method !== "POST") return false;
  for (const call of CALLS) {
    const path = call.path.exec(req.url ?? "");
    if (!path) continue;
    void answer(call, req, path[1]!, new URLSearchParams(path[2] ?? "")).then((a) => send(res, common, a));
    return true;
  }
  return false;
}

async function answer(
  { access, handle }: DirectCall,
  req: IncomingMessage,
  id: string,
  query: URLSearchParams,
): Promise<Answer> {
  try {
    const ctx = await keyContext(req.headers.authorization ?? null, access);
    const bytes = await unpacked(await readBytes(req, LIMITS.bodyBytes), req.headers["content-encoding"] ?? null);
    if (id) requireId(decoded(id));
    if (query.size > 0) requireText(Object.fromEntries(query));
    return await handle({ ctx, bytes, headers: req.headers, id: decoded(id), query });
  } catch (e) {
    const { status, headers, body } = errorAnswer(e);
    // An unread body would be taken for the next request.
    return {
      status,
      headers: { ...JSON_TYPE, ...headers, ...(!req.complete && { connection: "close" }) },
      body: JSON.stringify(body),
    };
  }
}

/** Errors: `malformed` for what is no percent-encoding. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new EtalonError("malformed", `"${part}" in the path is not valid percent-encoding`);
  }
}

/** A body that fails midway, or whose reader has gone, ends the connection: the status is on its way already. */
function send(res: ServerResponse, common: Record<string, string>, { status = 200, headers, body }: Answer): void {
  res.writeHead(status, { ...common, ...headers });
  if (typeof body === "string") res.end(body);
  else void pipeline(Readable.from(body), res).catch((e) => res.closed || console.error(e));
}
