import { DrizzleAdapter } from "@auth/drizzle-adapter";
import { and, eq, isNull } from "drizzle-orm";
import NextAuth, { type NextAuthConfig } from "next-auth";
import type { Adapter } from "next-auth/adapters";
import { connection } from "@/db/client";
import { accounts, sessions, users, verificationTokens } from "@/db/schema";
import { admit } from "@/server/services/sso";
import { endOldAccess } from "@/server/services/team";
import { cookieNames } from "./cookies";
import { identityOf, providers } from "./providers";

const SESSION_DAYS = 30;
/** What a provider says of her then counts anew, however much the session was used. */
const SSO_SESSION_DAYS = 7;

/** What vouches for who signs in by the request, and the network address that it came from. */
export interface Asked {
  provider?: string;
  from?: string | null;
}

/**
 * Auth.js with database sessions. One-time links are made by the command line or by an owner
 * (server/services/team/sign-in-link.ts), never by an anonymous request; other providers by the environment.
 */
export const authConfig = ({ provider = "link", from = null }: Asked = {}): NextAuthConfig => ({
  adapter: adapter(provider),
  secret: process.env.AUTH_SECRET,
  basePath: "/api/auth",
  trustHost: true,
  cookies: cookieNames(),
  session: { strategy: "database" as const, maxAge: SESSION_DAYS * 86_400 },
  pages: { signIn: "/sign-in", error: "/sign-in" },
  providers: [
    {
      id: "link",
      type: "email" as const,
      name: "One-time link",
      maxAge: 15 * 60,
      from: "",
      options: {},
      sendVerificationRequest: () => {
        throw new Error("sign-in links are made with `npx etalon sign-in-link`");
      },
    },
    ...providers(),
  ],
  callbacks: {
    // Asking for a link over the web is refused before a token is made; using one is allowed.
    signIn: async ({ email, account, profile }) => {
      if (account?.type === "email") return !email?.verificationRequest;
      const identity = account && profile && identityOf(account, profile);
      if (!identity) return false;
      const { db, sql } = connection();
      const admitted = await admit({ db, sql, now: () => new Date(), from }, identity);
      return "refused" in admitted ? `/sign-in?error=${admitted.refused}` : true;
    },
  },
  logger: { error: (e) => console.error(`signing in failed: ${reasonOf(e)}`) },
});

/** One line, in which no code and no token is: what was thrown, and what made it. */
function reasonOf(e: unknown): string {
  const said: string[] = [];
  for (let at = e; at instanceof Error && said.length < 4; ) {
    const { error, error_description: more } = at as { error?: unknown; error_description?: unknown };
    const what = [at.message.replace(/(^|\. )Read more at.*/, ""), error, more].filter(
      (s) => typeof s === "string" && s,
    );
    said.push(
      [at.name, ...what]
        .join(": ")
        .slice(0, 300)
        .replaceAll(/[\s\p{Cc}]+/gu, " "),
    );
    const { cause } = at as { cause?: unknown };
    at = cause instanceof Error ? cause : (cause as { err?: unknown } | undefined)?.err;
  }
  return said.join("; by ") || "for no reason that was said";
}

/**
 * Drizzle's adapter, but for what proves an address: Auth.js takes every used link for a proof, while one that was
 * copied from a page or a terminal proves nothing. People and their accounts of providers are made where they are
 * admitted, never here. A session knows what began it, and is prolonged by use only where that was a link.
 */
function adapter(provider: string): Adapter {
  const { db } = connection();
  let isProlonged = true;
  const made = DrizzleAdapter(
    db as Parameters<typeof DrizzleAdapter>[0],
    {
      usersTable: users,
      accountsTable: accounts,
      sessionsTable: sessions,
      verificationTokensTable: verificationTokens,
    } as Parameters<typeof DrizzleAdapter>[1],
  );
  return {
    ...made,
    // Of an account that was deleted while its link was being used; people get theirs by an invitation.
    createUser: () => {
      throw new Error("signing in makes no account");
    },
    linkAccount: () => {
      throw new Error("signing in ties no account");
    },
    createSession: (session) => {
      const days = provider === "link" ? SESSION_DAYS : SSO_SESSION_DAYS;
      const row = { ...session, expires: new Date(Date.now() + days * 86_400_000), provider };
      return made.createSession!(row);
    },
    getSessionAndUser: async (token) => {
      const found = await made.getSessionAndUser!(token);
      isProlonged = (found?.session as { provider?: string } | undefined)?.provider === "link";
      return found;
    },
    updateSession: (session) => (isProlonged ? made.updateSession!(session) : null),
    updateUser: ({ emailVerified: _, ...user }) => made.updateUser!(user),
    useVerificationToken: async ({ identifier, token }) => {
      const [used] = await db
        .delete(verificationTokens)
        .where(and(eq(verificationTokens.identifier, identifier), eq(verificationTokens.token, token)))
        .returning();
      if (used?.mailed) await prove(identifier);
      return used ?? null;
    },
  };
}

/**
 * Notes that an address is its user's. Until then somebody else may have made the account, by a copied invitation: what
 * she holds of it ends.
 */
async function prove(email: string): Promise<void> {
  await connection().db.transaction(async (tx) => {
    const proven = await tx
      .update(users)
      .set({ emailVerified: new Date() })
      .where(and(eq(users.email, email), isNull(users.emailVerified)))
      .returning({ id: users.id });
    for (const { id } of proven) await endOldAccess({ db: tx }, { userId: id, kept: null });
  });
}

export const { auth, signOut } = NextAuth(() => authConfig());
