import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { answerDirectly } from "@/server/http/direct";
import type { Endpoint } from "@/server/http/endpoint";
import { create, finish, get, heartbeat, query } from "@/server/http/runs";

const ROUTES: [string, RegExp, Endpoint][] = [
  ["POST", /^\/api\/v1\/runs$/, create],
  ["POST", /^\/api\/v1\/runs\/query$/, query],
  ["POST", /^\/api\/v1\/runs\/([^/]+)\/finish$/, finish],
  ["POST", /^\/api\/v1\/runs\/([^/]+)\/heartbeat$/, heartbeat],
  ["GET", /^\/api\/v1\/runs\/([^/]+)$/, get],
];

/** What stands between a client and the API: answers and resolves to true, or lets the request pass. */
export type Fault = (req: IncomingMessage, res: ServerResponse) => boolean;

export interface Seen {
  method: string;
  path: string;
  authorization: string | undefined;
}

/** The API's own handlers behind a real socket on 127.0.0.1. */
export class ApiServer {
  url = "";
  /** A fault for all requests until it is taken away again. */
  fault: Fault = () => false;
  readonly seen: Seen[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((req, res) => {
      this.seen.push({ method: req.method!, path: req.url!, authorization: req.headers.authorization });
      if (this.fault(req, res) || answerDirectly(req, res)) return;
      void route(req, res);
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}

async function route(req: IncomingMessage, res: ServerResponse): Promise<void> {
  for (const [method, path, handler] of ROUTES) {
    const id = path.exec(req.url ?? "");
    if (!id || req.method !== method) continue;
    const body = method === "POST" ? await text(req) : undefined;
    const headers = { authorization: req.headers.authorization ?? "" };
    const request = new Request(`http://etalon.test${req.url}`, { method, body, headers });
    const answer = await handler(request, {
      params: Promise.resolve<Record<string, string>>(id[1] ? { id: id[1] } : {}),
    });
    res.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
    return;
  }
  res.writeHead(404, { "content-type": "text/html" }).end("<html>no such page</html>");
}
