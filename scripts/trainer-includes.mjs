// The folders of the trainer's sources from the ground up: none includes a file of a later one.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const FOLDERS = ["base", "config", "kernels", "data", "model", "cuda", "run", "tools", ""];

/** Includes that run back up, and files in folders that are none of these, one a line. */
export async function includesThatRunUp(sources) {
  const found = [];
  for (const entry of await readdir(sources, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(cpp|hpp|cu|inl)$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(sources.length + 1);
    const own = levelOf(name);
    if (own < 0) found.push(`${name}: its folder is none of the trainer's`);
    for (const [, included] of (await readFile(path, "utf8")).matchAll(/^\s*#include "([^"]+)"/gm)) {
      // The tests' stand-in for the CUDA runtime.
      if (included === "cuda-emulation.hpp") continue;
      const other = levelOf(included);
      if (other < 0 || other > own) found.push(`${name} includes ${included}`);
    }
  }
  return found.sort();
}

function levelOf(path) {
  return FOLDERS.indexOf(path.includes("/") ? path.slice(0, path.indexOf("/")) : "");
}
