import { createServer, type Server, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type nextFactory from "next";
import { JSON_TYPE } from "@/server/http/door/answer";
import { answerHeaders, guard } from "@/server/http/headers";
import { refusalOf } from "@/server/http/own-origin";
import { answerProgram } from "@/server/http/programs";
import { ROOT, type Settings } from "./settings";

export type LoadNext = () => Promise<typeof nextFactory>;

export interface Web {
  /** Hands requests to Next from now on. */
  serve: (loadNext: LoadNext) => Promise<void>;
  close: () => Promise<void>;
}

const KEEP_ALIVE_MS = 65_000;
/** What is being answered at the end has so long. */
const FINISH_MS = 3_000;

/** Takes the port at once, so that a taken one is known before anything is built; answers 503 until `serve`. */
export async function openWeb({ host, port, publicUrl }: Settings): Promise<Web> {
  const isHttps = publicUrl.startsWith("https:");
  const common = answerHeaders(isHttps);
  let handle: ((req: Parameters<Parameters<typeof createServer>[1] & object>[0], res: never) => unknown) | null = null;
  let closeNext = async () => {};
  // counted, as a set that changes with every batch lets answers that are over pile up until a full collection
  let programs = 0;
  const open = new Set<ServerResponse>();
  const server = createServer((req, res) => {
    if (handle) {
      if (answerProgram(req, res, common)) {
        programs++;
        res.once("close", () => programs--);
        return;
      }
      open.add(res);
      res.once("close", () => open.delete(res));
      guard(req, res, isHttps);
      const refused = refusalOf(req, publicUrl);
      if (refused) {
        const error = { code: "forbidden", message: refused.message, issues: [] };
        return void res.writeHead(refused.status, JSON_TYPE).end(JSON.stringify({ error }));
      }
      return void handle(req, res as never);
    }
    res.writeHead(503, { "content-type": "text/plain", "retry-after": "2" }).end("Etalon is starting\n");
  });
  // Longer than clients and proxies keep an idle connection: who closes first must not be the one that is being written
  // to.
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await listen(server, host, port);
  return {
    serve: async (loadNext) => {
      const next = await loadNext();
      const app = next({ dev: false, dir: ROOT, hostname: host, port, httpServer: server });
      await app.prepare();
      handle = app.getRequestHandler() as typeof handle;
      closeNext = () => app.close();
    },
    close: async () => {
      server.close();
      server.closeIdleConnections();
      const deadline = performance.now() + FINISH_MS;
      while ((programs > 0 || [...open].some((res) => !isStream(res))) && performance.now() < deadline) await sleep(20);
      server.closeAllConnections();
      await closeNext();
    },
  };
}

/** Live events go on until the page closes them. */
function isStream(res: ServerResponse): boolean {
  return String(res.getHeader("content-type") ?? "").startsWith("text/event-stream");
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (e: NodeJS.ErrnoException) => {
      const why = {
        EADDRINUSE: "is taken by another program; set PORT to a free one",
        EACCES: "may not be opened by this user",
      }[e.code ?? ""];
      reject(new Error(why ? `PORT: ${port} on ${host} ${why}` : `cannot listen on ${host}:${port}: ${e.message}`));
    });
    server.listen(port, host, resolve);
  });
}
