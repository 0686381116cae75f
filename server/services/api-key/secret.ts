import { createHash, randomBytes } from "node:crypto";

/** A new key: itself, to be shown once, and what is stored of it. */
export function newSecret(): { key: string; stored: { prefix: string; hash: string } } {
  const key = `etl_${randomBytes(24).toString("base64url")}`;
  return { key, stored: { prefix: key.slice(0, 10), hash: hashKey(key) } };
}

/** Keys are 192 random bits, so a fast hash is enough. */
export function hashKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
