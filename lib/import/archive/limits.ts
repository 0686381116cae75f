/** So much is unpacked of all archives together, so many files, so much larger than the archive they lie in. */
export interface Limits {
  bytes: number;
  files: number;
  ratio: number;
}

export const LIMITS: Limits = { bytes: 20 * 2 ** 30, files: 200_000, ratio: 400 };
/** What is smaller may be as dense as it likes. */
const SMALL = 64 << 20;

export class PastLimit extends Error {}

/** Counts what is unpacked; throws an Error that says which limit was passed. */
export class Allowance {
  private bytes = 0;
  private files = 0;

  constructor(private readonly limits: Limits) {}

  file(): void {
    if (++this.files > this.limits.files) throw new PastLimit(`archives hold more than ${this.limits.files} files`);
  }

  /** `unpacked` of a file so far and `packed`, the bytes that it came from. */
  take(bytes: number, unpacked: number, packed: number): void {
    this.bytes += bytes;
    if (this.bytes > this.limits.bytes)
      throw new PastLimit(`more than ${this.limits.bytes} bytes come out of archives`);
    if (unpacked > SMALL && unpacked > this.limits.ratio * packed)
      throw new PastLimit(`it grows to more than ${this.limits.ratio} times its size, as no log does`);
  }
}

/** Why a name of an archive is not used; null for a path that stays inside. */
export function unsafe(name: string): string | null {
  const path = name.replaceAll("\\", "/");
  if (/^(\/|[A-Za-z]:)/.test(path)) return "its path is absolute";
  if (path.split("/").includes("..")) return "its path leads out of the archive";
  return name.includes("\0") ? "its path has a zero byte" : null;
}

/** Weights, pictures and leftovers, which no format reads. */
export function isUseless(name: string): boolean {
  return (
    /(^|\/)(__MACOSX|\.git|node_modules|__pycache__)\//.test(name) ||
    /(^|\/)(\._[^/]*|\.DS_Store)$/.test(name) ||
    /\.(pt|pth|ckpt|safetensors|gguf|npy|npz|pkl|pickle|png|jpe?g|gif|webp|mp4|wav|whl|so|pyc|idx)$/i.test(name)
  );
}

export const plainPath = (name: string) =>
  name
    .replaceAll("\\", "/")
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
