import type { IncomingMessage, ServerResponse } from "node:http";
import { LIMITS } from "@/lib/protocol";
import { appendMetrics } from "../services/metric";
import { errorAnswer, keyContext } from "./answer";
import { readBytes, unpacked } from "./body";
import { LIMIT_HEADERS, metricsBody } from "./metrics-body";

const PATH = /^\/api\/v1\/runs\/([^/?]+)\/metrics(?:\?(.*))?$/;

/**
 * The same call answered without a pass through Next's router.
 * False for every other request.
 */
export function answerMetrics(req: IncomingMessage, res: ServerResponse): boolean {
  const path = req.method === "POST" ? PATH.exec(req.url ?? "") : null;
  if (!path) return false;
  void answer(req, decodeURIComponent(path[1]!), new URLSearchParams(path[2] ?? "")).then(
    ({ status, headers, body }) => {
      res.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
    },
  );
  return true;
}

async function answer(req: IncomingMessage, runId: string, query: URLSearchParams) {
  try {
    const ctx = await keyContext(req.headers.authorization ?? null, "ingest");
    const bytes = await unpacked(await readBytes(req, LIMITS.bodyBytes), req.headers["content-encoding"] ?? null);
    const batch = metricsBody(bytes, req.headers["content-type"] ?? null, query);
    return { status: 200, headers: LIMIT_HEADERS, body: await appendMetrics(ctx, { runId, batch }) };
  } catch (e) {
    const failure = errorAnswer(e);
    // An unread body would be taken for the next request.
    if (!req.complete) failure.headers = { ...failure.headers, connection: "close" };
    return failure;
  }
}
