import { EtalonError } from "@/server/errors";
import { type Bucket, fullBucket, take } from "../api-key/internal";

/** A whole office may come from one address. */
const MOST_A_MINUTE = 60;
const MOST_ADDRESSES = 10_000;
const shared = globalThis as unknown as { etalonSignIns?: Map<string, Bucket> };

/**
 * Counts an attempt to sign in from a network address; null where no request of the network asks. Errors: `too_many`
 * beyond what an address may in a minute.
 */
export function countSignIn(address: string | null, now: Date): void {
  if (address === null) return;
  shared.etalonSignIns ??= new Map();
  const buckets = shared.etalonSignIns;
  const from = networkOf(address);
  const bucket = buckets.get(from) ?? fullBucket(MOST_A_MINUTE, now.getTime());
  if (buckets.size >= MOST_ADDRESSES) buckets.clear();
  buckets.set(from, bucket);
  const wait = take(bucket, now.getTime());
  if (wait === 0) return;
  throw new EtalonError("too_many", `too many attempts to sign in from your address; try again in ${wait} s`, [], wait);
}

/** What belongs to one customer: an IPv4 address, and of IPv6 the first 64 bits. */
function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("%")[0]!.split("::");
  const before = head.split(":").filter(Boolean);
  const after = tail?.split(":").filter(Boolean) ?? [];
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill("0");
  return [...before, ...zeros, ...after].slice(0, 4).join(":");
}
