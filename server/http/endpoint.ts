import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { z } from "zod";
import { LIMITS } from "@/lib/protocol";
import { contextOf, contextOfKey, currentUser } from "../auth";
import { authorise, type Context, type Need } from "../context";
import { ERROR_CODES, EtalonError, type FieldIssue } from "../errors";

/** Who may call an endpoint: anyone, a signed-in member (`?team=`), or a key with a scope that `need` asks for. Every endpoint says one. */
export type Access = "public" | "session" | Exclude<Need, "own">;

interface Call<B> {
  ctx: Context;
  params: Record<string, string>;
  body: B;
  request: Request;
}

type RouteContext = { params: Promise<Record<string, string>> };
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
      const body = spec.body ? parse(spec.body, await readJson(request)) : (undefined as B);
      const answer = await spec.handle({ ctx, params: await params, body, request });
      if (answer instanceof Response) return answer;
      return answer === undefined ? new Response(null, { status: 204 }) : Response.json(answer);
    } catch (e) {
      return errorResponse(e);
    }
  };
  return Object.assign(route, { access: spec.access });
}

/** An endpoint that anyone may call; it gets no context. */
export function publicEndpoint(handle: () => Promise<Response>): Endpoint {
  return Object.assign(() => handle().catch(errorResponse), { access: "public" as const });
}

async function authenticate(request: Request, access: Exclude<Access, "public">): Promise<Context> {
  if (access === "session") return contextOf(await currentUser(), new URL(request.url).searchParams.get("team") ?? "");
  const key = /^Bearer (\S+)$/.exec(request.headers.get("authorization") ?? "")?.[1];
  if (!key)
    throw new EtalonError(
      "unauthorized",
      "send an API key: `Authorization: Bearer etl_...`; `npx etalon key create` makes one",
    );
  const ctx = await contextOfKey(key);
  authorise(ctx, access);
  return ctx;
}

/** Body as bytes, refused above `limit` before it is held in memory whole. */
export async function readBytes(request: Request, limit: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      throw new EtalonError("too_large", `the body is larger than ${limit} bytes; send smaller batches`);
    }
    parts.push(value);
  }
  return Buffer.concat(parts);
}

async function readJson(request: Request): Promise<unknown> {
  let bytes = await readBytes(request, LIMITS.bodyBytes);
  if (request.headers.get("content-encoding") === "gzip") {
    bytes = await promisify(gunzip)(bytes, { maxOutputLength: 4 * LIMITS.bodyBytes }).catch(
      (e: NodeJS.ErrnoException) => {
        if (e.code === "ERR_BUFFER_TOO_LARGE")
          throw new EtalonError("too_large", "the unpacked body is larger than 64 MiB");
        throw new EtalonError("malformed", `the body is not valid gzip: ${e.message}`);
      },
    );
  }
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (e) {
    throw new EtalonError("malformed", `the body is not valid JSON: ${(e as Error).message}`);
  }
}

function parse<B>(schema: z.ZodType<B>, value: unknown): B {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new EtalonError("invalid", "the request has a field that cannot be accepted", fieldIssues(parsed.error));
}

export function fieldIssues(error: z.ZodError): FieldIssue[] {
  return error.issues.slice(0, 20).map((i) => ({ field: i.path.join(".") || "body", message: i.message }));
}

export function errorResponse(e: unknown): Response {
  const error = e instanceof z.ZodError ? new EtalonError("invalid", "invalid input", fieldIssues(e)) : e;
  if (error instanceof EtalonError) {
    const { code, message, issues } = error;
    return Response.json({ error: { code, message, issues } }, { status: ERROR_CODES[code] });
  }
  if (isBadUuid(error))
    return Response.json({ error: { code: "not_found", message: "no such id", issues: [] } }, { status: 404 });
  console.error(error);
  return Response.json(
    { error: { code: "internal", message: "the server failed; its log says why", issues: [] } },
    { status: 500 },
  );
}

/** Postgres' invalid_text_representation: an id in the path that is no UUID names nothing. */
function isBadUuid(e: unknown): boolean {
  const cause = e instanceof Error && "cause" in e && e.cause ? e.cause : e;
  return typeof cause === "object" && cause !== null && "code" in cause && cause.code === "22P02";
}
