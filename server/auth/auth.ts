import { DrizzleAdapter } from "@auth/drizzle-adapter";
import { and, eq, isNull } from "drizzle-orm";
import NextAuth, { type NextAuthConfig } from "next-auth";
import type { Adapter } from "next-auth/adapters";
import { connection } from "@/db/client";
import { accounts, sessions, users, verificationTokens } from "@/db/schema";
import { endOldAccess } from "@/server/services/team";

const SESSION_DAYS = 30;

/**
 * Auth.js with database sessions. Its one provider is the one-time link: links are made by the command line or by an
 * owner (server/services/team/sign-in-link.ts), never by an anonymous request.
 */
export const authConfig = (): NextAuthConfig => ({
  adapter: adapter(),
  secret: process.env.AUTH_SECRET,
  basePath: "/api/auth",
  trustHost: true,
  cookies: cookieNames(process.env.AUTH_URL ?? ""),
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
  ],
  callbacks: {
    // Asking for a link over the web is refused before a token is made; using one is allowed.
    signIn: ({ email }) => !email?.verificationRequest,
  },
});

/**
 * Drizzle's adapter, but for what proves an address: Auth.js takes every used link for a proof, while one that was
 * copied from a page or a terminal proves nothing.
 */
function adapter(): Adapter {
  const { db } = connection();
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
      throw new Error("a link to sign in makes no account");
    },
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

/**
 * Cookies know no port: two servers on one host would sign each other out, and read each other's. Over https, where
 * every server has a host of its own, the names are Auth.js' own.
 */
function cookieNames(publicUrl: string): NextAuthConfig["cookies"] {
  if (!URL.canParse(publicUrl) || new URL(publicUrl).protocol === "https:") return undefined;
  const port = new URL(publicUrl).port || "80";
  const name = (what: string) => ({ name: `etalon-${port}.${what}` });
  return { sessionToken: name("session-token"), csrfToken: name("csrf-token"), callbackUrl: name("callback-url") };
}

export const { auth, signOut } = NextAuth(authConfig);
