import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

export interface Lease {
  jobId: string;
  leaseId: string;
}

const leasesSchema = z.array(z.strictObject({ jobId: z.uuid(), leaseId: z.uuid() }));
const NAME = ".leases.json";

/**
 * Notes leases that could not be given back because the server was away, so that the next agent of this folder does it:
 * an outage must not look like a lost worker.
 */
export async function keepLeases(folder: string, leases: readonly Lease[]): Promise<void> {
  if (leases.length === 0) return;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, NAME), JSON.stringify([...(await leasesOf(folder)), ...leases]), { mode: 0o600 });
}

/** The leases noted, which are then forgotten. */
export async function takeLeases(folder: string): Promise<Lease[]> {
  const leases = await leasesOf(folder);
  await rm(join(folder, NAME), { force: true });
  return leases;
}

async function leasesOf(folder: string): Promise<Lease[]> {
  const text = await readFile(join(folder, NAME), "utf8").catch(() => "[]");
  try {
    return leasesSchema.parse(JSON.parse(text));
  } catch {
    return [];
  }
}
