import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { append } from "@/server/http/metrics";
import { finish, logs } from "@/server/http/runs";
import * as work from "@/server/http/work";

type Handler = (request: Request, route: { params: Promise<Record<string, string>> }) => Promise<Response>;

/** What a worker calls, as the product routes it. */
const ROUTES: [method: string, path: RegExp, handler: Handler][] = [
  ["POST", /^\/api\/v1\/workers$/, work.register],
  ["POST", /^\/api\/v1\/workers\/([^/]+)\/lease$/, work.lease],
  ["POST", /^\/api\/v1\/workers\/([^/]+)\/stop$/, work.goodbye],
  ["POST", /^\/api\/v1\/jobs\/([^/]+)\/heartbeat$/, work.heartbeat],
  ["POST", /^\/api\/v1\/jobs\/([^/]+)\/release$/, work.release],
  ["POST", /^\/api\/v1\/jobs\/([^/]+)\/finish$/, work.finishWork],
  ["POST", /^\/api\/v1\/jobs\/([^/]+)\/fail$/, work.fail],
  ["PUT", /^\/api\/v1\/jobs\/([^/]+)\/checkpoint$/, work.saveCheckpoint],
  ["GET", /^\/api\/v1\/jobs\/([^/]+)\/checkpoint$/, work.loadCheckpoint],
  ["POST", /^\/api\/v1\/runs\/([^/]+)\/metrics$/, append],
  ["POST", /^\/api\/v1\/runs\/([^/]+)\/logs$/, logs],
  ["POST", /^\/api\/v1\/runs\/([^/]+)\/finish$/, finish],
];

/** The adapters behind a port of their own, without pages. `before` may answer instead of them. */
export async function served(before: (method: string, path: string) => Promise<number | null> = async () => null) {
  const server = createServer(async (req, res) => {
    const { pathname } = new URL(req.url!, "http://etalon.test");
    const early = await before(req.method!, pathname);
    if (early !== null)
      return void res.writeHead(early).end(JSON.stringify({ error: { code: "test", message: "by the test" } }));
    for (const [method, path, handler] of ROUTES) {
      const match = path.exec(pathname);
      if (!match || method !== req.method) continue;
      const body = method === "GET" ? undefined : (Readable.toWeb(req) as ReadableStream<Uint8Array>);
      const init = { method, body, duplex: "half", headers: req.headers as Record<string, string> };
      const answer = await handler(new Request(`http://etalon.test${req.url}`, init as RequestInit), {
        params: Promise.resolve<Record<string, string>>(match[1] ? { id: match[1] } : {}),
      });
      res.writeHead(answer.status, Object.fromEntries(answer.headers));
      return void res.end(Buffer.from(await answer.arrayBuffer()));
    }
    res.writeHead(404).end("{}");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
