import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { answerProgram } from "@/server/http/programs";

/** The API behind a port of their own, without pages. `before` may answer instead of them. */
export async function served(before: (method: string, path: string) => Promise<number | null> = async () => null) {
  const server = createServer(async (req, res) => {
    const { pathname } = new URL(req.url!, "http://etalon.test");
    const early = await before(req.method!, pathname);
    if (early !== null)
      return void res.writeHead(early).end(JSON.stringify({ error: { code: "test", message: "by the test" } }));
    if (!answerProgram(req, res)) res.writeHead(404).end("{}");
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
