import type postgres from "postgres";
import type { Db } from "@/db/client";
import type { Role, Scope } from "@/db/schema";
import { EtalonError } from "./errors";

export type Actor =
  | ({ kind: "user"; userId: string; name: string; role: Role; provider?: string } & Reach)
  | ({ kind: "key"; keyId: string; name: string; scopes: Scope[] } & Reach)
  | { kind: "system"; name: string };

/** Of which projects of the team an actor may know. */
export interface Reach {
  /** Ids of those that a key is limited to; null for all. */
  only: readonly string[] | null;
  /** Ids of those that are open to others alone. */
  hidden: readonly string[];
}

export const ALL_PROJECTS: Reach = { only: null, hidden: [] };

/** What every verb gets first: who asks, for which team, and the means. */
export interface Context {
  db: Db;
  sql: postgres.Sql;
  teamId: string;
  actor: Actor;
  /** The network address of who asks; left out where no request does. */
  from?: string | null;
  now: () => Date;
}

/** A signed-in person who asks for what belongs to no team, and the means. */
export interface Self extends Pick<Context, "db" | "sql" | "now" | "from"> {
  userId: string;
  name: string;
}

/** The user who asks; null for a key and for the server itself. */
export function userOf({ actor }: Pick<Context, "actor">): string | null {
  return actor.kind === "user" ? actor.userId : null;
}

export function reachOf({ actor }: Pick<Context, "actor">): Reach {
  return actor.kind === "system" ? ALL_PROJECTS : actor;
}

/** Whether the caller may know that the team has this project. */
export function reaches(ctx: Pick<Context, "actor">, projectId: string): boolean {
  const { only, hidden } = reachOf(ctx);
  return (only?.includes(projectId) ?? true) && !hidden.includes(projectId);
}

/** Whether there may be a project of the team of which the caller may not know. */
export function isLimited(ctx: Pick<Context, "actor">): boolean {
  const { only, hidden } = reachOf(ctx);
  return only !== null || hidden.length > 0;
}

const RANK: Record<Role, number> = { viewer: 0, editor: 1, owner: 2 };

/** What a verb asks for: read = any member, own = owner, others = editor; a key needs one of the scopes. */
const NEEDS = {
  read: ["read"],
  write: ["write"],
  work: ["work"],
  /** Points, logs and results come from people's programs and from workers alike. */
  ingest: ["write", "work"],
  /** API keys: an editor's own, an owner's all. */
  keys: [],
  own: [],
} as const satisfies Record<string, readonly Scope[]>;

export type Need = keyof typeof NEEDS;

/** Throws `forbidden` unless the actor may do `need`. */
export function authorise(ctx: Context, need: Need): void {
  const { actor } = ctx;
  if (actor.kind === "system") return;
  if (actor.kind === "key") {
    if (actor.scopes.some((scope) => (NEEDS[need] as readonly Scope[]).includes(scope))) return;
    throw new EtalonError(
      "forbidden",
      `this API key has no scope "${need}"; it has ${actor.scopes.join(", ") || "none"}`,
    );
  }
  const rank = need === "read" ? RANK.viewer : need === "own" ? RANK.owner : RANK.editor;
  if (RANK[actor.role] >= rank) return;
  throw new EtalonError("forbidden", `your role "${actor.role}" may not do this; ask an owner of the team`);
}
