import { notFound, redirect } from "next/navigation";
import { ZodError } from "zod";

/**
 * Runs what a page asks of the API and turns its refusals into pages: signed out -> sign-in, unknown or another team's
 * -> not found, and so an address that names nothing anyone could have. Everything else goes to the error page.
 */
export async function load<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (e) {
    const { code, cause } = e as { code?: unknown; cause?: unknown };
    if (code === "UNAUTHORIZED") redirect("/sign-in");
    if (code === "NOT_FOUND" || code === "BAD_REQUEST" || cause instanceof ZodError) notFound();
    throw e;
  }
}
