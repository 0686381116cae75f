import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { addressOf } from "./address";
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
  const { method = "", headers } = req;
  const incoming = { method, url, headers, from: addressOf(req), body: req, upload };
  void answer(table, incoming).then((a) => {
    const go = () => send(req, res, isUpload, common, a);
    // A refusal that waited for nothing comes while the first packet is being parsed: all of the body may be in it.
    if (a.status < 400 || req.complete) go();
    else setImmediate(go);
  });
  return true;
}

/**
 * A body that was not read whole would be taken for the next request, so the connection ends; but what is left of a
 * refused upload is passed over, as a program that is still writing would not see why.
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
  const closes = isLeft && !isUpload && { connection: "close" };
  if (body === null || typeof body === "string") {
    res.writeHead(status, { ...common, ...headers, ...closes }).end(req.method === "HEAD" ? null : body);
  } else {
    // Rows of text without number: the only answers whose size matters more than the time to pack them.
    const zips = /^text\/|ndjson/.test(headers["content-type"] ?? "") && takesGzip(req);
    const packed = zips && { "content-encoding": "gzip", vary: "accept-encoding" };
    res.writeHead(status, { ...common, ...headers, ...packed });
    if (req.method === "HEAD") return void res.end();
    const source = Readable.from(body);
    const sent = zips ? pipeline(source, createGzip(), res) : pipeline(source, res);
    void sent.catch((e) => res.closed || console.error(e));
  }
  if (isLeft && isUpload) req.resume();
}

function takesGzip({ headers }: IncomingMessage): boolean {
  return /\bgzip\b/.test(headers["accept-encoding"]?.toString() ?? "");
}
