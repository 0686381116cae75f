import { createHash, randomBytes } from "node:crypto";

/** 256 random bits, so a fast hash is enough. */
export function newToken(): { token: string; hash: string } {
  const token = randomBytes(32).toString("hex");
  return { token, hash: hashOf(token) };
}

export function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
