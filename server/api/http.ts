import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { LIMITS } from "@/lib/protocol";
import { currentUser } from "../auth";
import { ERROR_CODES, EtalonError } from "../errors";
import { parseJson, readBytes, unpacked } from "../http/door/body";
import { appRouter } from "./root";
import { accessOf } from "./trpc";

const PATH = "/api/trpc/";
/** Calls that a page may send together. */
const MOST_CALLS = 50;
/** Anyone may send so much: the key of a shared recommendation and what is around it. */
const ANONYMOUS = { bytes: 4_096, calls: 2 };

/**
 * The route handler of /api/trpc. Who asks, and whether he may, is settled before anything of the body is parsed; the
 * body is bounded in bytes, nesting and values before tRPC sees it.
 */
export async function trpc(request: Request): Promise<Response> {
  try {
    const user = await currentUser();
    const calls = callsOf(request);
    const known = calls.map((name) => accessOf(appRouter, name));
    if (!user && known.some((access) => access !== "public")) {
      throw new EtalonError("unauthorized", "sign in first");
    }
    const most = user ? { bytes: LIMITS.bodyBytes, calls: MOST_CALLS } : ANONYMOUS;
    if (calls.length > most.calls) {
      throw new EtalonError("too_large", `${calls.length} calls in one request; at most ${most.calls}`);
    }
    return await fetchRequestHandler({
      endpoint: "/api/trpc",
      req: await bounded(request, most.bytes),
      router: appRouter,
      createContext: () => ({ user }),
      allowMethodOverride: true,
      maxBatchSize: most.calls,
    });
  } catch (e) {
    return refusal(e);
  }
}

function callsOf(request: Request): string[] {
  const path = new URL(request.url).pathname;
  return path.slice(PATH.length).split(",");
}

/** The request with its body read; input in the address is as small as addresses are. */
async function bounded(request: Request, limit: number): Promise<Request> {
  const input = new URL(request.url).searchParams.get("input");
  if (input !== null) parseJson(Buffer.from(input));
  if (!request.body) return request;
  const bytes = await unpacked(
    await readBytes(request.body as unknown as AsyncIterable<Uint8Array>, limit),
    request.headers.get("content-encoding"),
  );
  if (bytes.length > 0) parseJson(bytes);
  const headers = new Headers(request.headers);
  for (const name of ["content-encoding", "content-length"]) headers.delete(name);
  return new Request(request.url, { method: request.method, headers, body: new Uint8Array(bytes) });
}

/** What tRPC's client reads as an error; one for all calls of the request. */
function refusal(e: unknown): Response {
  const error = e instanceof EtalonError ? e : new EtalonError("internal", "the server failed; its log says why");
  if (e !== error) console.error(e);
  const { code, message, issues } = error;
  const data = { code: code.toUpperCase(), httpStatus: ERROR_CODES[code], issues };
  return Response.json({ error: { json: { message, code: -32_000, data } } }, { status: ERROR_CODES[code] });
}
