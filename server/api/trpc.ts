import { initTRPC, TRPCError } from "@trpc/server";
import { z } from "zod";
import { transformer } from "@/lib/json/transformer";
import { findBadText } from "@/lib/protocol";
import { contextOf, currentUser, type SignedIn } from "../auth";
import { requireReach } from "../auth/reach";
import type { Context } from "../context";
import { type ErrorCode, EtalonError, type FieldIssue } from "../errors";
import { fieldIssues } from "../http/door/check";
import { asEtalonError, logFault } from "../unforeseen";

export interface RequestContext {
  user: SignedIn | null;
}

export async function createRequestContext(): Promise<RequestContext> {
  return { user: await currentUser() };
}

const TRPC_CODES = {
  unauthorized: "UNAUTHORIZED",
  forbidden: "FORBIDDEN",
  not_found: "NOT_FOUND",
  wrong_method: "METHOD_NOT_SUPPORTED",
  invalid: "UNPROCESSABLE_CONTENT",
  malformed: "BAD_REQUEST",
  conflict: "CONFLICT",
  too_large: "PAYLOAD_TOO_LARGE",
  too_many: "TOO_MANY_REQUESTS",
  unavailable: "SERVICE_UNAVAILABLE",
  full: "SERVICE_UNAVAILABLE",
  internal: "INTERNAL_SERVER_ERROR",
} as const satisfies Record<ErrorCode, TRPCError["code"]>;

/** Every procedure says who may call it; the server does not start with one that does not. */
export interface Meta {
  access: "public" | "signed-in" | "team";
}

const t = initTRPC
  .context<RequestContext>()
  .meta<Meta>()
  .create({
    transformer,
    errorFormatter: ({ shape, error }) => ({
      ...shape,
      // The message of an unforeseen error can hold statements, parameters and paths: the log has it.
      message: error.code === "INTERNAL_SERVER_ERROR" ? UNFORESEEN : shape.message,
      data: { ...shape.data, stack: undefined, issues: issuesOf(error) },
    }),
  });

const UNFORESEEN = "the server failed; its log says why";

function issuesOf(error: TRPCError): FieldIssue[] {
  const { cause } = error;
  if (cause instanceof EtalonError) return cause.issues;
  return cause instanceof z.ZodError ? fieldIssues(cause, "input") : [];
}

/** Maps the services' errors once. */
const mapErrors = t.middleware(async ({ next }) => {
  const result = await next();
  if (result.ok) return result;
  const { cause } = result.error;
  const known = asEtalonError(cause);
  if (known) throw new TRPCError({ code: TRPC_CODES[known.code], message: known.message, cause: known });
  if (cause instanceof z.ZodError) {
    const [first] = fieldIssues(cause, "input");
    throw new TRPCError({ code: "UNPROCESSABLE_CONTENT", message: `${first?.field}: ${first?.message}`, cause });
  }
  if (result.error.code === "INTERNAL_SERVER_ERROR") logFault(cause ?? result.error);
  return result;
});

/** No text of an input may hold what cannot be stored, whatever its schema says of it. */
const storable = t.middleware(async ({ getRawInput, next }) => {
  const bad = findBadText(await getRawInput());
  if (!bad) return next();
  const message = `may not contain ${bad.what}`;
  throw new EtalonError("invalid", `${bad.field} ${message}`, [{ field: bad.field, message }]);
});

const procedure = t.procedure.use(mapErrors).use(storable);

type Procedures = Record<string, { _def: { meta?: Meta } } | undefined>;

/** Who may call a procedure; undefined where there is none of that name. */
export function accessOf(router: { _def: { procedures: object } }, name: string): Meta["access"] | undefined {
  const procedures = router._def.procedures as Procedures;
  return Object.hasOwn(procedures, name) ? procedures[name]?._def.meta?.access : undefined;
}

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;

/** For what anyone may read who has been given its address. */
export const publicProcedure = procedure.meta({ access: "public" });

/** For what a person may ask before she has chosen a team. */
export const signedInProcedure = procedure.meta({ access: "signed-in" }).use(({ ctx, next }) => {
  if (!ctx.user) throw new TRPCError({ code: "UNAUTHORIZED", message: "sign in first" });
  return next({ ctx: { user: ctx.user } });
});

/** For everything else: input names the team, and the verb gets a context that is scoped to it. */
export const teamProcedure = signedInProcedure
  .meta({ access: "team" })
  .input(z.object({ team: z.string() }))
  .use(async ({ ctx, input, getRawInput, next }) => {
    const verb: Context = await contextOf(ctx.user, input.team);
    await requireReach(verb, await getRawInput());
    return next({ ctx: { verb } });
  });
