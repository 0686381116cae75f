import { createHmac } from "node:crypto";

/** HMAC-SHA256 over `timestamp.body`, in hex: the receiver computes the same and refuses old timestamps. */
export function signatureOf(secret: string, timestamp: number, body: string): string {
  return `sha256=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;
}
