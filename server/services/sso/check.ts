/** Errors: why nobody can sign in by this issuer, in one line. */
export async function checkIssuer(issuer: string): Promise<void> {
  const address = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const response = await fetch(address, { signal: AbortSignal.timeout(10_000), redirect: "error" }).catch(
    (e: Error) => {
      throw new Error(`${address}: ${e.cause instanceof Error ? e.cause.message : e.message}`);
    },
  );
  if (!response.ok) throw new Error(`${address} answers ${response.status}`);
  const said = (await response.json().catch(() => null)) as Record<string, unknown> | null;
  const own = typeof said?.issuer === "string" && URL.canParse(said.issuer) ? said.issuer : null;
  if (!own) throw new Error(`${address} names no issuer`);
  if (new URL(own).href !== new URL(issuer).href) throw new Error(`it calls itself "${own}": set that`);
  for (const endpoint of ["authorization_endpoint", "token_endpoint", "userinfo_endpoint"])
    if (typeof said?.[endpoint] !== "string") throw new Error(`${address} names no ${endpoint}`);
}
