import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, vi } from "vitest";
import { auditLog, users } from "@/db/schema";
import { type Claims, issuer } from "../issuer";
import { Browsing } from "./browsing";
import { type Person, product } from "./product";

export const publicUrl = "http://127.0.0.1:3999";
const VARIABLES = ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_NAME", "SIGN_IN_DOMAINS", "OIDC_ROLES"];

const isCallback = (url: URL) => url.pathname.startsWith("/api/auth/callback/");

/**
 * Registers the hooks of a test file whose server has a real issuer, which lets in example.org; `asked.cookie` is what
 * the file's `next/headers` have.
 */
export function withIssuer(asked: { cookie: string }) {
  const p = product();
  const filled = {} as { example: Awaited<ReturnType<typeof issuer>> };
  /** Lines of the server's log. */
  const said: string[] = [];
  beforeAll(async () => {
    process.env.AUTH_URL = publicUrl;
    filled.example = await issuer(`${publicUrl}/api/auth/callback/oidc`);
    vi.spyOn(console, "error").mockImplementation((line) => void said.push(String(line)));
  });
  afterAll(() => filled.example.close());
  beforeEach(() => {
    asked.cookie = "";
    said.length = 0;
    for (const name of VARIABLES) delete process.env[name];
    Object.assign(process.env, filled.example.env, { SIGN_IN_DOMAINS: "example.org" });
  });

  let made = 0;
  /** Somebody whom the issuer knows; her login there. */
  function person(claims: Claims = {}): { login: string; email: string } {
    const login = `sub-${++made}`;
    const email = `${login}@example.org`;
    filled.example.people.set(login, { email, email_verified: true, name: `Person ${made}`, ...claims });
    return { login, email: String(claims.email ?? email) };
  }

  /** Up to the address by which the issuer sends the browser back. */
  async function toCallback(browser: Browsing, login: string, from = "/team"): Promise<URL> {
    const start = `/api/sign-in/with?${new URLSearchParams({ provider: "oidc", from })}`;
    const page = await browser.goTo(start, { stop: isCallback });
    // The issuer knows the browser already.
    if (isCallback(page.url)) return page.url;
    expect(page.text).toContain("Example's own page");
    return (await browser.goTo(page.url.href, { form: { login }, stop: isCallback })).url;
  }

  /** Signs in as a browser does, with its own session at the issuer; where it ends. */
  async function signIn(login: string, from = "/team", browser = new Browsing(publicUrl)): Promise<string> {
    const callback = await toCallback(browser, login, from);
    const { url } = await browser.goTo(callback.href);
    asked.cookie = browser.cookie;
    return url.href.replace(publicUrl, "");
  }

  const userOf = async (email: string) => (await p.alice.db.select().from(users).where(eq(users.email, email)))[0];
  const linesOf = (subject: string) =>
    p.alice.db.select().from(auditLog).where(eq(auditLog.subject, subject)).orderBy(auditLog.id);
  const server = (): Person => ({ ...p.alice, actor: { kind: "system", name: "cli" } });
  const signing = () => ({ publicUrl, secret: process.env.AUTH_SECRET! });
  return { p, filled, said, person, toCallback, signIn, userOf, linesOf, server, signing };
}
