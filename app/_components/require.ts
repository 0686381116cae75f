import { notFound, redirect } from "next/navigation";
import { ZodError } from "zod";
import { SSO_TEAM, signInPath } from "@/server/auth";

/**
 * Runs what a page asks of the API and turns its refusals into pages: signed out -> sign-in, unknown or another team's
 * -> not found, and so an address that names nothing anyone could have. Everything else goes to the error page.
 */
export async function load<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (e) {
    const { code, cause } = e as { code?: unknown; cause?: unknown };
    if (code === "UNAUTHORIZED") redirect(await signInPath(askingTeam(cause)));
    if (code === "NOT_FOUND" || code === "BAD_REQUEST" || cause instanceof ZodError) notFound();
    throw e;
  }
}

/** The team that refused for want of single sign-on. */
function askingTeam(cause: unknown): string | undefined {
  const { issues = [] } = (cause ?? {}) as { issues?: { field: string; message: string }[] };
  return issues.find((issue) => issue.field === SSO_TEAM)?.message;
}
