import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answerProgram } from "@/server/http/programs";

/** What stands between a client and the API: answers and resolves to true, or lets the request pass. */
export type Fault = (req: IncomingMessage, res: ServerResponse) => boolean;

export interface Seen {
  method: string;
  path: string;
  authorization: string | undefined;
}

/** The API behind a real socket on 127.0.0.1. */
export class ApiServer {
  url = "";
  /** A fault for all requests until it is taken away again. */
  fault: Fault = () => false;
  readonly seen: Seen[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((req, res) => {
      this.seen.push({ method: req.method!, path: req.url!, authorization: req.headers.authorization });
      if (this.fault(req, res) || answerProgram(req, res)) return;
      res.writeHead(404, { "content-type": "text/html" }).end("<html>no such page</html>");
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
