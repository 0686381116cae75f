import { ADDRESS_HEADER } from "../../auth/path-header";
import { Answer, type Parts } from "./answer";
import { answer } from "./door";
import type { Table } from "./table";

/** The same table for a route of Next. */
export async function answerNext(table: Table, request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const body = bytesOf(request);
  const headers = Object.fromEntries(request.headers);
  const { method } = request;
  const from = request.headers.get(ADDRESS_HEADER);
  const answered = await answer(table, { method, url: pathname + search, headers, from, body, upload: () => body });
  return responseOf(method === "HEAD" ? new Answer(null, answered.headers, answered.status) : answered);
}

export function bytesOf(request: Request): AsyncIterable<Uint8Array> | null {
  return request.body as AsyncIterable<Uint8Array> | null;
}

export function responseOf({ status, headers, body }: Answer): Response {
  return new Response(typeof body === "string" || body === null ? body : streamOf(body), { status, headers });
}

/** Made part by part as its reader takes it; `Response` would copy bytes that it were given whole. */
function streamOf(body: Parts): ReadableStream<Uint8Array> {
  const parts = Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]();
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await parts.next();
      if (done) controller.close();
      else controller.enqueue(typeof value === "string" ? encoder.encode(value) : value);
    },
    async cancel() {
      await parts.return?.();
    },
  });
}
