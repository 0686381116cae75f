import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { includesThatRunUp } from "./trainer-includes.mjs";

let folder;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "etalon-includes-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function file(path, text) {
  await mkdir(join(folder, path, ".."), { recursive: true });
  await writeFile(join(folder, path), text);
}

test("a folder includes nothing of a later one", async () => {
  await file("base/json.hpp", "#include <string>\n");
  await file("model/model.cpp", '#include "base/json.hpp"\n#include "model/model.hpp"\n');
  await file("cuda/a.cu", '#include "cuda-emulation.hpp"\n#include "model/model.hpp"\n');
  await file("main.cpp", '#include "cli.hpp"\n#include "tools/bench.hpp"\n');
  expect(await includesThatRunUp(folder)).toEqual([]);
  await file("config/a.cpp", '  #include "model/model.hpp"\n');
  await file("run/b.hpp", '#include "cli.hpp"\n');
  await file("stray/c.cpp", "");
  expect(await includesThatRunUp(folder)).toEqual([
    "config/a.cpp includes model/model.hpp",
    "run/b.hpp includes cli.hpp",
    "stray/c.cpp: its folder is none of the trainer's",
  ]);
});
