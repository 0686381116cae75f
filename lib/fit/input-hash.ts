import type { RunPoint } from "../estimate";
import type { FitSettings } from "./settings";

/**
 * Fingerprint (16 hexadecimal digits) of everything a fit depends on: runs in the order of their ids, and settings.
 * Two interleaved 32-bit FNV-1a hashes; it notices change, it does not resist forgery.
 */
export function inputHash(runs: readonly RunPoint[], settings: FitSettings): string {
  const ordered = [...runs].sort((p, q) => (p.runId < q.runId ? -1 : p.runId > q.runId ? 1 : 0));
  const hash = [0x811c9dc5, 0x01000193];
  for (const value of [settings, ...ordered]) {
    const text = canonical(value);
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      hash[0] = Math.imul(hash[0]! ^ code, 0x01000193);
      hash[1] = Math.imul(hash[1]! ^ (code + i), 0x85ebca6b) ^ (hash[1]! >>> 13);
    }
  }
  return hash.map((h) => (h >>> 0).toString(16).padStart(8, "0")).join("");
}

function canonical(value: unknown): string {
  if (typeof value === "number" && !Number.isFinite(value)) return `"${value}"`;
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  entries.sort(([p], [q]) => (p < q ? -1 : 1));
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`).join()}}`;
}
