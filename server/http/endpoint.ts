import { z } from "zod";
import { LIMITS } from "@/lib/protocol";
import { contextOf, contextOfKey, currentUser } from "../auth";
import { authorise, type Context, type Need } from "../context";
import { ERROR_CODES, EtalonError, type FieldIssue } from "../errors";
import { parseJson, readBytes, unpacked } from "./body";

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
      const body = spec.body ? parse(spec.body, parseJson(await bodyOf(request))) : (undefined as B);
      const answer = await spec.handle({ ctx, params: await params, body, request });
      if (answer instanceof Response) return answer;
      return answer === undefined ? new Response(null, { status: 204 }) : Response.json(answer);
    } catch (e) {
      return errorResponse(e);
    }
  };
  return Object.assign(route, { access: spec.access });
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

/** The context of the API key in an `authorization` header, if the key may do `access`. */
export async function keyContext(authorization: string | null, access: Need): Promise<Context> {
  const key = /^Bearer (\S+)$/.exec(authorization ?? "")?.[1];
  if (!key)
    throw new EtalonError(
      "unauthorized",
      "send an API key: `Authorization: Bearer etl_...`; `npx etalon key create` makes one",
    );
  const ctx = await contextOfKey(key);
  authorise(ctx, access);
  return ctx;
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
  const { status, headers, body } = errorAnswer(e);
  return Response.json(body, { status, headers });
}

/** What any failure says to a program; unforeseen ones go to the server's log. */
export function errorAnswer(e: unknown): { status: number; headers: Record<string, string>; body: unknown } {
  const error = e instanceof z.ZodError ? new EtalonError("invalid", "invalid input", fieldIssues(e)) : e;
  const answer = (status: number, code: string, message: string, issues: FieldIssue[] = [], headers = {}) => ({
    status,
    headers,
    body: { error: { code, message, issues } },
  });
  if (error instanceof EtalonError) {
    const { code, message, issues, retryAfterSeconds } = error;
    const headers = retryAfterSeconds ? { "retry-after": String(retryAfterSeconds) } : {};
    return answer(ERROR_CODES[code], code, message, issues, headers);
  }
  if (isBadUuid(error)) return answer(404, "not_found", "no such id");
  console.error(error);
  return answer(500, "internal", "the server failed; its log says why");
}

/** Postgres' invalid_text_representation: an id in the path that is no UUID names nothing. */
function isBadUuid(e: unknown): boolean {
  const cause = e instanceof Error && "cause" in e && e.cause ? e.cause : e;
  return typeof cause === "object" && cause !== null && "code" in cause && cause.code === "22P02";
}
