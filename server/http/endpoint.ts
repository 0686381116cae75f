import type { z } from "zod";
import { writeJson } from "@/lib/json";
import { LIMITS } from "@/lib/protocol";
import { contextOf, currentUser } from "../auth";
import type { Context, Need } from "../context";
import { errorResponse, keyContext, parsed, requireId, requireText } from "./answer";
import { parseJson, readBytes, unpacked } from "./body";

/** Who may call an endpoint: anyone, a signed-in member (`?team=`), or a key with a scope that `need` asks for. Every endpoint says one. */
export type Access = "public" | "session" | Exclude<Need, "own">;

interface Call<B> {
  ctx: Context;
  params: Record<string, string>;
  body: B;
  request: Request;
}

/** Next gives a route without a part in brackets no parameters at all. */
type RouteContext = { params: Promise<Record<string, string> | undefined> };
export type Endpoint = ((request: Request, route: RouteContext) => Promise<Response>) & { access: Access };

/** A machine endpoint: authenticate, parse, call one verb, answer JSON. Errors are mapped here and nowhere else. */
export function endpoint<B = undefined>(spec: {
  access: Exclude<Access, "public">;
  body?: z.ZodType<B>;
  handle: (call: Call<B>) => Promise<unknown>;
}): Endpoint {
  const route = async (request: Request, { params }: RouteContext): Promise<Response> => {
    try {
      const ctx = await authenticate(request, spec.access);
      const named = (await params) ?? {};
      requireId(named.id);
      requireText(Object.fromEntries(new URL(request.url).searchParams));
      const body = spec.body ? parsed(spec.body, parseJson(await bodyOf(request))) : (undefined as B);
      const answer = await spec.handle({ ctx, params: named, body, request });
      if (answer instanceof Response) return answer;
      return answer === undefined ? new Response(null, { status: 204 }) : jsonResponse(answer);
    } catch (e) {
      return errorResponse(e);
    }
  };
  return Object.assign(route, { access: spec.access });
}

/** NaN, infinities, -0 and long integers by the one writer of JSON. */
export function jsonResponse(answer: unknown, headers: Record<string, string> = {}): Response {
  return new Response(writeJson(answer), { headers: { "content-type": "application/json", ...headers } });
}

/** The unpacked bytes of a request, within the published limits. */
export async function bodyOf(request: Request): Promise<Buffer> {
  return unpacked(
    await readBytes(request.body as AsyncIterable<Uint8Array> | null, LIMITS.bodyBytes),
    request.headers.get("content-encoding"),
  );
}

/** An endpoint that anyone may call; it gets no context. */
export function publicEndpoint(handle: () => Promise<Response>): Endpoint {
  return Object.assign(() => handle().catch(errorResponse), { access: "public" as const });
}

async function authenticate(request: Request, access: Exclude<Access, "public">): Promise<Context> {
  if (access === "session") return contextOf(await currentUser(), new URL(request.url).searchParams.get("team") ?? "");
  return keyContext(request.headers.get("authorization"), access);
}
