import { describe, expect, test } from "vitest";
import { readSignIn } from "./settings";

const OIDC = {
  OIDC_ISSUER: "https://login.example.org/realms/ml",
  OIDC_CLIENT_ID: "etalon",
  OIDC_CLIENT_SECRET: "hush",
};
const GITHUB = { GITHUB_CLIENT_ID: "id", GITHUB_CLIENT_SECRET: "hush" };

test("without any, links alone", () => {
  expect(readSignIn({})).toEqual({ providers: [], issuer: null, domains: [], roles: [] });
});

test("providers by their variables, with the name that the button says", () => {
  const all = readSignIn({ ...OIDC, ...GITHUB, GOOGLE_CLIENT_ID: "g", GOOGLE_CLIENT_SECRET: "hush" });
  expect(all.providers.map((p) => [p.id, p.name])).toEqual([
    ["oidc", "login.example.org"],
    ["github", "GitHub"],
    ["google", "Google"],
  ]);
  expect(all.issuer).toEqual({ url: OIDC.OIDC_ISSUER, scope: "openid profile email" });
  expect(readSignIn({ ...OIDC, OIDC_NAME: "Example" }).providers[0]!.name).toBe("Example");
});

describe("is refused in one line, without a secret", () => {
  test.each<[Record<string, string>, string]>([
    [{ OIDC_ISSUER: OIDC.OIDC_ISSUER }, "OIDC_CLIENT_ID: is missing beside OIDC_ISSUER"],
    [{ ...OIDC, OIDC_ISSUER: "" }, "OIDC_ISSUER: is missing beside OIDC_CLIENT_ID and OIDC_CLIENT_SECRET"],
    [{ GITHUB_CLIENT_SECRET: "hush" }, "GITHUB_CLIENT_ID: is missing beside GITHUB_CLIENT_SECRET"],
    [{ GOOGLE_CLIENT_ID: "g" }, "GOOGLE_CLIENT_SECRET: is missing beside GOOGLE_CLIENT_ID"],
    [{ ...OIDC, OIDC_ISSUER: "login.example.org" }, "OIDC_ISSUER: is not a URL"],
    [{ ...OIDC, OIDC_ISSUER: "http://login.example.org" }, "is not https"],
    [{ ...OIDC, OIDC_ISSUER: "http://127.0.0.1.example.org" }, "is not https"],
    [{ ...OIDC, OIDC_ISSUER: "https://me:hush@login.example.org" }, "OIDC_ISSUER: holds a password"],
    [{ ...OIDC, OIDC_ISSUER: "https://login.example.org/?a" }, "has a query"],
    [{ ...OIDC, OIDC_ISSUER: "https://h.org/.well-known/openid-configuration" }, "is the address of its metadata"],
    [{ ...OIDC, OIDC_SCOPE: "openid profile" }, 'OIDC_SCOPE: "openid profile" lacks email'],
    [{ OIDC_NAME: "Example" }, "OIDC_NAME: has a meaning only beside OIDC_ISSUER"],
    [{ ...GITHUB, OIDC_ROLES: "groups=a:team:owner" }, "OIDC_ROLES: has a meaning only beside OIDC_ISSUER"],
    [{ SIGN_IN_DOMAINS: "example.org" }, "SIGN_IN_DOMAINS: has a meaning only beside"],
    [{ ...GITHUB, SIGN_IN_DOMAINS: "example.org, @example.com" }, '"@example.com" is no domain'],
    [{ ...GITHUB, SIGN_IN_DOMAINS: "*.example.org" }, '"*.example.org" is no domain'],
    [{ ...GITHUB, SIGN_IN_DOMAINS: "org" }, '"org" is no domain'],
    [{ ...OIDC, OIDC_ROLES: "groups=ml" }, 'OIDC_ROLES: "groups=ml" is no rule; give claim=value:team:role'],
    [{ ...OIDC, OIDC_ROLES: "groups=ml:team:admin" }, 'gives "admin", which is not one of owner, editor, viewer'],
    [{ ...OIDC, OIDC_ROLES: "groups=ml:The Team:owner" }, 'names "The Team", which is no address of a team'],
  ])("%j", (env, message) => {
    expect(() => readSignIn(env)).toThrow(message);
    expect(() => readSignIn(env)).not.toThrow("hush");
    expect(() => readSignIn(env)).not.toThrow("\n");
  });
});

test("an issuer on this machine needs no TLS", () => {
  for (const OIDC_ISSUER of ["http://127.0.0.1:9000", "http://localhost:9000/x", "http://[::1]:9000"])
    expect(readSignIn({ ...OIDC, OIDC_ISSUER }).issuer!.url).toBe(OIDC_ISSUER);
});

test("domains and rules", () => {
  const { domains, roles } = readSignIn({
    ...OIDC,
    SIGN_IN_DOMAINS: " Example.org,example.com,,example.org",
    OIDC_ROLES:
      "groups=ml-owners:team:owner; groups=urn:x:ml=1:vision:viewer;https://example.org/roles=a b:team:editor;",
  });
  expect(domains).toEqual(["example.org", "example.com"]);
  expect(roles).toEqual([
    { claim: "groups", value: "ml-owners", team: "team", role: "owner" },
    { claim: "groups", value: "urn:x:ml=1", team: "vision", role: "viewer" },
    { claim: "https://example.org/roles", value: "a b", team: "team", role: "editor" },
  ]);
});
