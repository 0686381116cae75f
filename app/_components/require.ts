import { notFound, redirect } from "next/navigation";

/**
 * Runs what a page asks of the API and turns its refusals into pages: signed out -> sign-in, unknown or another team's
 * -> not found. Everything else goes to the error page.
 */
export async function load<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (e) {
    const code = typeof e === "object" && e !== null && "code" in e ? e.code : null;
    if (code === "UNAUTHORIZED") redirect("/sign-in");
    if (code === "NOT_FOUND" || code === "BAD_REQUEST") notFound();
    throw e;
  }
}
