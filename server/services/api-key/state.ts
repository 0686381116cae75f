import type { Role, Scope } from "@/db/schema";

/** Days before its end in which a key is marked. */
const SOON_DAYS = 14;

/** How a key stands; all but `live` and `ends-soon` are refused. */
export type KeyState = "live" | "ends-soon" | "expired" | "revoked" | "maker-left" | "maker-views";

export interface Standing {
  revokedAt: Date | null;
  expiresAt: Date | null;
  service: boolean;
  /** Of its maker in the team; null for who is no member, or nobody. */
  role: Role | null;
}

export function stateOf({ revokedAt, expiresAt, service, role }: Standing, now: Date): KeyState {
  if (revokedAt) return "revoked";
  if (expiresAt && expiresAt <= now) return "expired";
  if (!service && role === null) return "maker-left";
  if (!service && role === "viewer") return "maker-views";
  const soon = now.getTime() + SOON_DAYS * 86_400_000;
  return expiresAt && expiresAt.getTime() <= soon ? "ends-soon" : "live";
}

/** What a person's own keys may do. */
export const SCOPES_OF: Record<Role, readonly Scope[]> = {
  owner: ["read", "write", "work"],
  editor: ["read", "write"],
  viewer: [],
};

/** Why a key is refused; null for one that is not. */
export function refusalOf(standing: Standing, now: Date): string | null {
  switch (stateOf(standing, now)) {
    case "revoked":
      return UNKNOWN;
    case "expired":
      return `this API key ended on ${minute(standing.expiresAt!)}; make a new one`;
    case "maker-left":
      return "this API key ended when the membership of the person who made it did; make a new one";
    case "maker-views":
      return "the person who made this API key is a viewer of the team now, who has no keys; ask an editor for one";
    default:
      return null;
  }
}

export const UNKNOWN = "this API key is unknown or was revoked";

/** As pages write it. */
export function minute(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
