import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Answer } from "./answer";
import { answer } from "./door";
import { type Table, tableFor } from "./table";

/** Answers what lies below the root of one of the tables, with the `common` headers. False for every other request. */
export function answerNode(
  tables: Table[],
  req: IncomingMessage,
  res: ServerResponse,
  common: Record<string, string> = {},
): boolean {
  const url = req.url ?? "";
  const table = tableFor(tables, url);
  if (!table) return false;
  let isUpload = false;
  const upload = () => {
    isUpload = true;
    return req.iterator({ destroyOnReturn: false });
  };
  const incoming = { method: req.method ?? "", url, headers: req.headers, body: req, upload };
  void answer(table, incoming).then((a) => {
    const go = () => send(req, res, isUpload, common, a);
    // A refusal that waited for nothing comes while the first packet is still being parsed: all of the body may be in it.
    if (a.status < 400 || req.complete) go();
    else setImmediate(go);
  });
  return true;
}

/**
 * A body that was not read whole would be taken for the next request, so the connection ends; but what is left of a refused
 * upload is passed over, as a program that is still writing would not see why.
 * An answer that fails midway, or whose reader has gone, ends the connection: the status is on its way already.
 */
function send(
  req: IncomingMessage,
  res: ServerResponse,
  isUpload: boolean,
  common: Record<string, string>,
  { status, headers, body }: Answer,
): void {
  const isLeft = status >= 400 && !req.complete;
  res.writeHead(status, { ...common, ...headers, ...(isLeft && !isUpload && { connection: "close" }) });
  if (body === null || req.method === "HEAD") res.end();
  else if (typeof body === "string") res.end(body);
  else void pipeline(Readable.from(body), res).catch((e) => res.closed || console.error(e));
  if (isLeft && isUpload) req.resume();
}
