import type { Role } from "@/db/schema";
import type { RoleRule } from "./settings";

const RANK: Record<Role, number> = { viewer: 0, editor: 1, owner: 2 };

/** For every team that a rule names: the highest role that the claims give there, by which rule; null for none. */
export function rolesOf(claims: Record<string, unknown>, rules: readonly RoleRule[]): Map<string, RoleRule | null> {
  const roles = new Map<string, RoleRule | null>();
  for (const rule of rules) {
    const best = roles.get(rule.team) ?? null;
    const applies = valuesOf(claims, rule.claim).includes(rule.value);
    roles.set(rule.team, applies && (!best || RANK[rule.role] > RANK[best.role]) ? rule : best);
  }
  return roles;
}

/** What a claim says, one value or many; a name that is no claim's leads along its dots, as realm_access.roles. */
function valuesOf(claims: Record<string, unknown>, name: string): string[] {
  const found = Object.hasOwn(claims, name) ? claims[name] : name.split(".").reduce<unknown>(within, claims);
  return (Array.isArray(found) ? found : [found])
    .filter((value) => ["string", "number", "boolean"].includes(typeof value))
    .map(String);
}

function within(value: unknown, name: string): unknown {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}
