import { createServer, type Server } from "node:http";
import type nextFactory from "next";
import { answerDirectly } from "@/server/http/direct";
import { guard } from "@/server/http/headers";
import { ROOT, type Settings } from "./settings";

export type LoadNext = () => Promise<typeof nextFactory>;

export interface Web {
  /** Hands requests to Next from now on. */
  serve: (loadNext: LoadNext) => Promise<void>;
  close: () => Promise<void>;
}

const KEEP_ALIVE_MS = 65_000;

/** Takes the port at once, so that a taken one is known before anything is built; answers 503 until `serve`. */
export async function openWeb({ host, port, publicUrl }: Settings): Promise<Web> {
  const isHttps = publicUrl.startsWith("https:");
  let handle: ((req: Parameters<Parameters<typeof createServer>[1] & object>[0], res: never) => unknown) | null = null;
  let closeNext = async () => {};
  const server = createServer((req, res) => {
    if (handle) {
      guard(req, res, isHttps);
      return void (answerDirectly(req, res) || handle(req, res as never));
    }
    res.writeHead(503, { "content-type": "text/plain", "retry-after": "2" }).end("Etalon is starting\n");
  });
  // Longer than clients and proxies keep an idle connection: who closes first must not be the one that is being written to.
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
      server.closeAllConnections();
      await closeNext();
    },
  };
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
