import { initTRPC, TRPCError } from "@trpc/server";
import superjson from "superjson";
import { z } from "zod";
import { contextOf, currentUser, type SignedIn } from "../auth";
import type { Context } from "../context";
import { type ErrorCode, EtalonError, type FieldIssue } from "../errors";

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
  invalid: "UNPROCESSABLE_CONTENT",
  malformed: "BAD_REQUEST",
  conflict: "CONFLICT",
  too_large: "PAYLOAD_TOO_LARGE",
  too_many: "TOO_MANY_REQUESTS",
  unavailable: "SERVICE_UNAVAILABLE",
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
    transformer: superjson,
    errorFormatter: ({ shape, error }) => ({
      ...shape,
      data: { ...shape.data, stack: undefined, issues: issuesOf(error) },
    }),
  });

function issuesOf(error: TRPCError): FieldIssue[] {
  const { cause } = error;
  if (cause instanceof EtalonError) return cause.issues;
  if (cause instanceof z.ZodError) return cause.issues.map((i) => ({ field: i.path.join("."), message: i.message }));
  return [];
}

/** Maps the services' errors once. */
const mapErrors = t.middleware(async ({ next }) => {
  const result = await next();
  if (result.ok) return result;
  const { cause } = result.error;
  if (cause instanceof EtalonError)
    throw new TRPCError({ code: TRPC_CODES[cause.code], message: cause.message, cause });
  if (cause instanceof z.ZodError) {
    const first = cause.issues[0];
    throw new TRPCError({
      code: "UNPROCESSABLE_CONTENT",
      message: `${first?.path.join(".")}: ${first?.message}`,
      cause,
    });
  }
  if (result.error.code === "INTERNAL_SERVER_ERROR") console.error(cause ?? result.error);
  return result;
});

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;

/** For what anyone may read who has been given its address. */
export const publicProcedure = t.procedure.use(mapErrors).meta({ access: "public" });

/** For what a person may ask before she has chosen a team. */
export const signedInProcedure = t.procedure
  .use(mapErrors)
  .meta({ access: "signed-in" })
  .use(({ ctx, next }) => {
    if (!ctx.user) throw new TRPCError({ code: "UNAUTHORIZED", message: "sign in first" });
    return next({ ctx: { user: ctx.user } });
  });

/** For everything else: input names the team, and the verb gets a context that is scoped to it. */
export const teamProcedure = signedInProcedure
  .meta({ access: "team" })
  .input(z.object({ team: z.string() }))
  .use(async ({ ctx, input, next }) => {
    const verb: Context = await contextOf(ctx.user, input.team);
    return next({ ctx: { verb } });
  });
