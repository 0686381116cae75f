import { and, eq, isNull, ne, sql as query } from "drizzle-orm";
import { z } from "zod";
import { accounts, invitations, teams, users } from "@/db/schema";
import { oneLine } from "@/lib/protocol";
import type { Context } from "@/server/context";
import { inTransaction, type TransactionContext } from "@/server/transaction";
import { forgetVerifiedKeys } from "../api-key/internal";
import { openAt } from "../invitation/internal";
import { endOldAccess } from "../team/internal";
import { applyRoles } from "./roles";
import { type Provider, type SignInSettings, signInSettings } from "./settings";

const address = z.email().max(320).toLowerCase();
type Means = Pick<Context, "db" | "sql" | "now" | "from">;

/** What a provider says of who signs in. */
export interface Identity {
  provider: Provider["id"];
  /** What the provider, and nobody else, calls her for good; of an issuer of one's own it begins with the issuer. */
  subject: string;
  email: string | null;
  /** Whether the provider vouches for the address. */
  verified: boolean;
  name: string | null;
  claims: Record<string, unknown>;
}

/** Why nobody is signed in. */
export type Refusal = "Unverified" | "NotInvited" | "OtherAccount";

/**
 * Whose session the identity begins: it is tied to a person here, for good by its subject, at first by its verified
 * address; her memberships then follow its claims. Without a person of that address one is made where she has an open
 * invitation, or her domain is let in.
 */
export async function admit(
  means: Means,
  identity: Identity,
  settings: SignInSettings = signInSettings(),
): Promise<{ userId: string } | { refused: Refusal }> {
  const system: Context = { ...means, teamId: "", actor: { kind: "system", name: "single sign-on" } };
  const admitted = await inTransaction(system, async (tx) => {
    const { provider, subject } = identity;
    // Who signs in twice at once is tied once.
    await tx.db.execute(query`select pg_advisory_xact_lock(hashtextextended(${`${provider} ${subject}`}, 0))`);
    const [tied] = await tx.db
      .select({ userId: accounts.userId })
      .from(accounts)
      .where(and(eq(accounts.provider, provider), eq(accounts.providerAccountId, subject)));
    const person = tied ?? (await tie(tx, identity, settings));
    if ("refused" in person) return person;
    if (settings.issuer && provider === "oidc") await applyRoles(tx, person.userId, identity.claims, settings.roles);
    return { userId: person.userId };
  });
  forgetVerifiedKeys();
  return admitted;
}

async function tie(
  tx: TransactionContext,
  identity: Identity,
  { domains }: SignInSettings,
): Promise<{ userId: string } | { refused: Refusal }> {
  const { provider, subject, verified } = identity;
  const { data: email } = address.safeParse(identity.email);
  if (!verified || !email) return { refused: "Unverified" };
  const isLetIn = domains.includes(email.slice(email.lastIndexOf("@") + 1)) || (await isInvited(tx, email));
  const userId = (await known(tx, email)) ?? (isLetIn ? await made(tx, email, identity.name) : null);
  if (!userId) return { refused: "NotInvited" };
  // The address has gone to another account of the provider: perhaps to another person.
  if (await hasOther(tx, userId, identity)) return { refused: "OtherAccount" };
  await prove(tx, userId);
  await tx.db
    .insert(accounts)
    .values({ userId, type: provider === "github" ? "oauth" : "oidc", provider, providerAccountId: subject });
  return { userId };
}

async function known({ db }: TransactionContext, email: string): Promise<string | null> {
  const [user] = await db.select({ id: users.id }).from(users).where(eq(users.email, email)).for("no key update");
  return user?.id ?? null;
}

async function made(tx: TransactionContext, email: string, name: string | null): Promise<string | null> {
  const called = oneLine("").safeParse(name ?? "");
  const [user] = await tx.db
    .insert(users)
    .values({ email, name: called.success ? called.data : email.split("@")[0]!, emailVerified: tx.now() })
    .onConflictDoNothing({ target: users.email })
    .returning({ id: users.id });
  return user?.id ?? known(tx, email);
}

async function isInvited({ db, now }: TransactionContext, email: string): Promise<boolean> {
  const [open] = await db
    .select({ id: invitations.id })
    .from(invitations)
    .innerJoin(teams, eq(teams.id, invitations.teamId))
    .where(and(eq(invitations.email, email), openAt(now())))
    .limit(1);
  return open !== undefined;
}

/** Of the same issuer: accounts of one that was asked before are worth nothing any more. */
async function hasOther({ db }: TransactionContext, userId: string, { provider, subject }: Identity): Promise<boolean> {
  const issuer = provider === "oidc" ? subject.slice(0, subject.indexOf(" ") + 1) : "";
  const [other] = await db
    .select({ subject: accounts.providerAccountId })
    .from(accounts)
    .where(
      and(
        eq(accounts.userId, userId),
        eq(accounts.provider, provider),
        ne(accounts.providerAccountId, subject),
        query`starts_with(${accounts.providerAccountId}, ${issuer})`,
      ),
    )
    .limit(1);
  return other !== undefined;
}

/** As a mailed link does: whoever made the account before, by a copied link, loses what she holds of it. */
async function prove({ db, now }: TransactionContext, userId: string): Promise<void> {
  const proven = await db
    .update(users)
    .set({ emailVerified: now() })
    .where(and(eq(users.id, userId), isNull(users.emailVerified)))
    .returning({ id: users.id });
  if (proven.length > 0) await endOldAccess({ db }, { userId, kept: null });
}
