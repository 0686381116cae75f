import { customFetch } from "@auth/core";
import type { Account, NextAuthConfig, Profile } from "next-auth";
import { type Identity, type Issuer, isSafe, type Provider, signInSettings } from "@/server/services/sso";

type AuthProvider = NextAuthConfig["providers"][number];
type Claims = Record<string, unknown>;

const WAIT_MS = 10_000;

/** The providers that the environment turns on, in Auth.js' words. */
export function providers(): AuthProvider[] {
  const settings = signInSettings();
  return settings.providers.map((provider) => {
    if (provider.id === "github") return github(provider);
    return provider.id === "google" ? google(provider) : oidc(provider, settings.issuer!);
  });
}

function oidc({ name, clientId, clientSecret }: Provider, { url, scope }: Issuer): AuthProvider {
  return {
    ...{ id: "oidc", type: "oidc", name, clientId, clientSecret, issuer: url, [customFetch]: ask },
    authorization: { params: { scope } },
    checks: ["pkce", "state", "nonce"],
    // Many issuers say address and groups only there.
    idToken: false,
    profile: ({ sub }) => ({ id: `${url} ${sub}` }),
  };
}

function google({ name, clientId, clientSecret }: Provider): AuthProvider {
  const issuer = "https://accounts.google.com";
  return {
    ...{ id: "google", type: "oidc", name, clientId, clientSecret, issuer, [customFetch]: ask },
    checks: ["pkce", "state", "nonce"],
    profile: ({ sub }) => ({ id: sub }),
  };
}

const GITHUB_API = "https://api.github.com";

function github({ name, clientId, clientSecret }: Provider): AuthProvider {
  const root = "https://github.com/login/oauth";
  return {
    ...{ id: "github", type: "oauth", name, clientId, clientSecret, issuer: root, [customFetch]: ask },
    authorization: { url: `${root}/authorize`, params: { scope: "read:user user:email" } },
    token: `${root}/access_token`,
    userinfo: {
      url: `${GITHUB_API}/user`,
      request: async ({ tokens }: { tokens: { access_token?: string } }) => {
        const read = async (path: string) => {
          const headers = { authorization: `Bearer ${tokens.access_token}`, "user-agent": "etalon" };
          const response = await ask(`${GITHUB_API}${path}`, { headers });
          if (!response.ok) throw new Error(`GitHub answers ${response.status} for ${path}`);
          return response.json();
        };
        const [profile, emails] = (await Promise.all([read("/user"), read("/user/emails")])) as [Claims, Claims[]];
        const primary = emails.find((e) => e.primary === true);
        return { ...profile, email: primary?.email, email_verified: primary?.verified };
      },
    },
    checks: ["pkce", "state"],
    profile: ({ id }) => ({ id: String(id) }),
  };
}

/** No provider holds a request up, and none is asked where others can listen. */
const ask: typeof fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  if (!isSafe(url)) throw new Error(`${url.origin} is not https`);
  return fetch(input, { ...init, signal: AbortSignal.timeout(WAIT_MS) });
};

/** Who the provider says it is, from what Auth.js has checked. */
export function identityOf(account: Account, profile: Profile): Identity | null {
  const { provider, providerAccountId: subject } = account;
  const user = profile as Claims;
  const name = [user.name, user.login].find((n) => typeof n === "string") as string | undefined;
  const who = { subject, name: name ?? null };
  if (provider === "github") return { provider, ...who, ...addressIn(user), claims: {} };
  if (provider === "google") {
    // Of other addresses Google knows only that they were somebody's once.
    const isOfGoogle = typeof user.hd === "string" || String(user.email).endsWith("@gmail.com");
    const { email, verified } = addressIn(user);
    return { provider, ...who, email, verified: verified && isOfGoogle, claims: {} };
  }
  if (provider !== "oidc") return null;
  const token = claimsOf(account.id_token ?? "");
  // Address and proof from one of the two.
  const source = "email_verified" in token ? token : user;
  return { provider, ...who, ...addressIn(source), claims: { ...user, ...token } };
}

function addressIn({ email, email_verified }: Claims): Pick<Identity, "email" | "verified"> {
  return { email: typeof email === "string" ? email : null, verified: email_verified === true };
}

/** Of a token that was checked. */
function claimsOf(token: string): Claims {
  const [, payload = ""] = token.split(".");
  return JSON.parse(Buffer.from(payload, "base64url").toString("utf8") || "{}") as Claims;
}
