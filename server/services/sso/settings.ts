import { ROLES, type Role } from "@/db/schema";

/** Whoever vouches for people: an OpenID Connect issuer of one's own choice, GitHub, Google. */
export interface Provider {
  id: "oidc" | "github" | "google";
  /** What its button says. */
  name: string;
  clientId: string;
  clientSecret: string;
}

export interface Issuer {
  /** As its own metadata says it. */
  url: string;
  scope: string;
}

/** Who has the value among those of a claim is in the team with the role. */
export interface RoleRule {
  claim: string;
  value: string;
  /** Its address. */
  team: string;
  role: Role;
}

export interface SignInSettings {
  providers: Provider[];
  issuer: Issuer | null;
  /** Who has an address of these gets an account without an invitation. */
  domains: string[];
  roles: RoleRule[];
}

type Env = Record<string, string | undefined>;

/** What turns a provider on. */
export const PROVIDER_VARIABLES: Record<Provider["id"], string[]> = {
  oidc: ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"],
  github: ["GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET"],
  google: ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"],
};
const SCOPE = "openid profile email";
const LIKE = "claim=value:team:role, with ; between two";

/** As the environment of this server says it, which the start has checked. */
export const signInSettings = (): SignInSettings => readSignIn(process.env);

/** Throws an Error with one clear line, in which no secret is. */
export function readSignIn(env: Env): SignInSettings {
  const issuer = isOn(env, "oidc") ? readIssuer(env) : null;
  for (const name of ["OIDC_NAME", "OIDC_SCOPE", "OIDC_ROLES"])
    if (env[name] && !issuer) throw new Error(`${name}: has a meaning only beside OIDC_ISSUER`);
  const providers: Provider[] = [
    ...(issuer
      ? [{ id: "oidc" as const, name: env.OIDC_NAME || new URL(issuer.url).host, ...client(env, "OIDC") }]
      : []),
    ...(isOn(env, "github") ? [{ id: "github" as const, name: "GitHub", ...client(env, "GITHUB") }] : []),
    ...(isOn(env, "google") ? [{ id: "google" as const, name: "Google", ...client(env, "GOOGLE") }] : []),
  ];
  if (env.SIGN_IN_DOMAINS && providers.length === 0)
    throw new Error(
      "SIGN_IN_DOMAINS: has a meaning only beside OIDC_ISSUER, GITHUB_CLIENT_ID or GOOGLE_CLIENT_ID (docs/team.md)",
    );
  return { providers, issuer, domains: readDomains(env.SIGN_IN_DOMAINS), roles: readRoles(env.OIDC_ROLES) };
}

/** Errors: one line where only some of what belongs together is set. */
function isOn(env: Env, id: Provider["id"]): boolean {
  const names = PROVIDER_VARIABLES[id];
  const set = names.filter((name) => env[name]);
  const missing = names.find((name) => !env[name]);
  if (set.length > 0 && missing) throw new Error(`${missing}: is missing beside ${set.join(" and ")}`);
  return set.length > 0;
}

const client = (env: Env, prefix: string) => ({
  clientId: env[`${prefix}_CLIENT_ID`]!,
  clientSecret: env[`${prefix}_CLIENT_SECRET`]!,
});

function readIssuer(env: Env): Issuer {
  const text = env.OIDC_ISSUER!;
  const url = URL.canParse(text) ? new URL(text) : null;
  const refuse = (why: string) => new Error(`OIDC_ISSUER: "${text}" ${why}`);
  if (!url) throw new Error("OIDC_ISSUER: is not a URL; give the issuer, as https://login.example.org/realms/team");
  if (url.username || url.password) throw new Error("OIDC_ISSUER: holds a password; give the issuer alone");
  if (url.search || url.hash) throw refuse("has a query or a fragment; give the issuer alone");
  if (/\/\.well-known\//.test(url.pathname)) throw refuse("is the address of its metadata; give what stands before it");
  if (!isSafe(url)) throw refuse("is not https, so that anybody on the way could sign in as anybody");
  const scope = env.OIDC_SCOPE || SCOPE;
  for (const needed of ["openid", "email"])
    if (!scope.split(/\s+/).includes(needed)) throw new Error(`OIDC_SCOPE: "${scope}" lacks ${needed}`);
  return { url: text, scope };
}

/** What is said there can be read and changed by nobody on the way. */
export function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || (protocol === "http:" && /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname));
}

function readDomains(text = ""): string[] {
  const domains = text
    .split(",")
    .map((d) => d.trim().toLowerCase())
    .filter(Boolean);
  const wrong = domains.find((d) => !/^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(d));
  if (wrong !== undefined)
    throw new Error(`SIGN_IN_DOMAINS: "${wrong}" is no domain; give what stands after @, as example.org,example.com`);
  return [...new Set(domains)];
}

/** A value may hold : and =, a claim neither. */
function readRoles(text = ""): RoleRule[] {
  const rules = text
    .split(";")
    .map((r) => r.trim())
    .filter(Boolean);
  return rules.map((rule) => {
    const [, claim, value, team, role] = /^([^=]+)=(.+):([^:]+):([^:]+)$/.exec(rule)?.map((part) => part.trim()) ?? [];
    if (!claim || !value || !team || !role) throw new Error(`OIDC_ROLES: "${rule}" is no rule; give ${LIKE}`);
    const known = ROLES.find((r) => r === role);
    if (!known) throw new Error(`OIDC_ROLES: "${rule}" gives "${role}", which is not one of ${ROLES.join(", ")}`);
    if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(team))
      throw new Error(`OIDC_ROLES: "${rule}" names "${team}", which is no address of a team (the part after the host)`);
    return { claim, value, team, role: known };
  });
}
