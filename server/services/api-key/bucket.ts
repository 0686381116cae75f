/** Requests that a key may send now, and how fast more come: a token bucket that holds those of a minute. */
export interface Bucket {
  most: number;
  left: number;
  /** When `left` was true, in milliseconds. */
  at: number;
}

const MINUTE_MS = 60_000;

export function fullBucket(perMinute: number, now: number): Bucket {
  return { most: perMinute, left: perMinute, at: now };
}

/** Takes one request: 0, or the whole seconds after which there is one. */
export function take(bucket: Bucket, now: number): number {
  const { most } = bucket;
  if (now > bucket.at) {
    bucket.left = Math.min(most, bucket.left + ((now - bucket.at) * most) / MINUTE_MS);
    bucket.at = now;
  }
  if (bucket.left >= 1) {
    bucket.left--;
    return 0;
  }
  return Math.ceil(((1 - bucket.left) * MINUTE_MS) / most / 1_000);
}
