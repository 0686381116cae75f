import type { Outputs } from "@/app/_trpc/outputs";

export type Role = Outputs["member"]["find"]["members"][number]["role"];

/** Each role, and what it may do. */
export const ROLES: [Role, string][] = [
  ["viewer", "sees everything"],
  ["editor", "changes everything but people, others’ keys and the whole project"],
  ["owner", "may do everything"],
];

export const ROLE_OPTIONS = ROLES.map(([role, what]) => [role, role, what] as const);
