import { expect, test } from "vitest";
import { rolesOf } from "./claims";
import { readSignIn } from "./settings";

const rules = (OIDC_ROLES: string) =>
  readSignIn({ OIDC_ISSUER: "https://a.b", OIDC_CLIENT_ID: "c", OIDC_CLIENT_SECRET: "d", OIDC_ROLES }).roles;
const given = (claims: Record<string, unknown>, text: string) =>
  Object.fromEntries([...rolesOf(claims, rules(text))].map(([team, rule]) => [team, rule?.role ?? null]));

test("the highest role of a team counts, whatever the order of the rules", () => {
  const claims = { groups: ["ml", "ml-owners"] };
  expect(given(claims, "groups=ml-owners:team:owner;groups=ml:team:viewer")).toEqual({ team: "owner" });
  expect(given(claims, "groups=ml:team:viewer;groups=ml-owners:team:owner")).toEqual({ team: "owner" });
});

test("a team of which no rule applies is named too, and one that no rule names is not", () => {
  expect(given({ groups: ["ml"] }, "groups=ml:team:viewer;groups=x:vision:owner")).toEqual({
    team: "viewer",
    vision: null,
  });
  expect(given({}, "groups=ml:team:viewer")).toEqual({ team: null });
});

test("a value is equal or is not", () => {
  for (const groups of ["ml-owners", ["ML"], "ml ", [["ml"]], { ml: true }, null])
    expect(given({ groups }, "groups=ml:team:owner")).toEqual({ team: null });
  expect(given({ groups: "ml" }, "groups=ml:team:owner")).toEqual({ team: "owner" });
  expect(given({ staff: true, level: 3 }, "staff=true:team:viewer;level=3:vision:editor")).toEqual({
    team: "viewer",
    vision: "editor",
  });
});

test("a claim within another is named along the dots, unless a claim is called so", () => {
  const nested = { realm_access: { roles: ["ml"] } };
  expect(given(nested, "realm_access.roles=ml:team:editor")).toEqual({ team: "editor" });
  expect(given({ ...nested, "realm_access.roles": [] }, "realm_access.roles=ml:team:editor")).toEqual({ team: null });
  expect(given({}, "constructor.name=Object:team:owner;__proto__=x:team:owner")).toEqual({ team: null });
});
