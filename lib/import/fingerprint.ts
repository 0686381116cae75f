import type { FoundRun } from "./histories";
import { chunksOf } from "./source";

/** SHA-256 over what comes, which can be asked for on the way. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** Of what has come so far, in hexadecimal digits. */
  soFar(): string;
}

/** From which files a run of an earlier import was read. */
export interface KnownSource {
  runId: string;
  format: string;
  base: string;
  key: string;
  bytes: number;
  sha256: string;
  points: number;
}

export interface Fingerprint {
  /** Tells the files apart from all others; that of the earlier import where they begin with all that it read. */
  base: string;
  /** Of all files together, in their order. */
  bytes: number;
  sha256: string;
  /** Whether they begin with all that an earlier import has read of a run. */
  beginsWith(known: KnownSource): boolean;
}

/** What a run is known by that its program gave an id. */
export const baseOf = (id: string) => `id ${id}`.slice(0, 300);

/**
 * What the files of a run are whose program gave it no id: by what they hold, never by their names. Files that begin with
 * what an earlier import has read are a later state of the same.
 */
export async function fingerprintOf(
  run: FoundRun,
  known: readonly KnownSource[],
  makeHasher: () => Hasher,
): Promise<Fingerprint> {
  const { format, files } = run;
  const sizes = new Map<number, string[]>();
  const candidates = known.filter((k) => k.format === format.name);
  for (const { bytes, sha256 } of candidates) sizes.set(bytes, [...(sizes.get(bytes) ?? []), sha256]);
  const stops = [...sizes.keys()].sort((p, q) => p - q);
  const hasher = makeHasher();
  const begunWith = new Set<string>();
  let bytes = 0;
  for (const file of files)
    for await (const chunk of chunksOf(file)) {
      let from = 0;
      while (stops.length > 0 && stops[0]! <= bytes + chunk.length) {
        const stop = stops.shift()!;
        hasher.update(chunk.subarray(from, stop - bytes));
        from = stop - bytes;
        if (sizes.get(stop)!.includes(hasher.soFar())) begunWith.add(`${stop} ${hasher.soFar()}`);
      }
      hasher.update(chunk.subarray(from));
      bytes += chunk.length;
    }
  const sha256 = hasher.soFar();
  const beginsWith = (k: KnownSource) => k.bytes > 0 && begunWith.has(`${k.bytes} ${k.sha256}`);
  const earlier = candidates.filter(beginsWith).sort((p, q) => q.bytes - p.bytes)[0];
  return { base: earlier?.base ?? `sha256 ${sha256}`, bytes, sha256, beginsWith };
}
