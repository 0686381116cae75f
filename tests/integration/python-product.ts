import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { createProject } from "@/server/services/project";
import { ApiServer } from "./api-server";
import { keyWith, product } from "./product";
import { type Ended, python } from "./python";

/** A port of 127.0.0.1 where nothing listens. */
export const NOWHERE = "http://127.0.0.1:9";

export interface With {
  spill?: string;
  url?: string;
  key?: string;
  env?: Record<string, string>;
  command?: string;
}

/**
 * The API with a project `py`, and what a test of the Python client does with it. Registers the hooks of a test file.
 */
export function pythonProduct() {
  const p = product();
  const filled = {} as { api: ApiServer; key: string; folder: string };
  let spills = 0;
  beforeAll(async () => {
    filled.folder = await mkdtemp(join(tmpdir(), "etalon python "));
    filled.key = await keyWith(p.alice, "read", "write");
    await createProject(p.alice, { name: "Py", slug: "py" });
    filled.api = await new ApiServer().start();
  });
  afterEach(() => {
    filled.api.fault = () => false;
    filled.api.seen.length = 0;
  });
  afterAll(async () => {
    await filled.api?.stop();
    await rm(filled.folder, { recursive: true, force: true });
  });

  async function call(path: string, body?: unknown) {
    const response = await fetch(`${filled.api.url}/api/v1${path}`, {
      method: body ? "POST" : "GET",
      headers: { authorization: `Bearer ${filled.key}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    expect(response.status).toBe(200);
    return response.json();
  }

  async function namesLike(part: string): Promise<string[]> {
    const { runs } = await call("/runs/query", { project: "py", filter: `name ~ "${part}"`, limit: 200 });
    return runs.map((r: { name: string }) => r.name);
  }

  /** The only run of this name. */
  async function runNamed(name: string) {
    const { runs } = await call("/runs/query", { project: "py", filter: `name = "${name}"` });
    expect(runs.map((r: { name: string }) => r.name)).toEqual([name]);
    return call(`/runs/${runs[0].id}`);
  }

  return {
    alice: () => p.alice,
    product: filled,
    newSpill: () => join(filled.folder, `spill ${++spills}`),
    filesIn: (spill: string) => (existsSync(spill) ? readdirSync(spill, { recursive: true }).map(String).sort() : []),
    namesLike,
    runNamed,
    /** Runs a script; `import etalon` and the rest of the usual names are there. */
    script(source: string, options: With = {}): Promise<Ended> {
      const { spill = join(filled.folder, `spill ${++spills}`), url = filled.api.url, env, command } = options;
      const imports = "import etalon, json, math, os, signal, sys, threading, time\n";
      const { key = filled.key } = options;
      return python(imports + source, { folder: filled.folder, url, key, spill, env, python: command });
    },
    /** Steps and values of a metric of a run. */
    async points(name: string, metric = "loss"): Promise<[number, number][]> {
      const run = await runNamed(name);
      const { series } = await call("/series", { runIds: [run.id], metric, buckets: 100_000 });
      return series[0] ? series[0].x.map((x: number, i: number) => [x, series[0].last[i]]) : [];
    },
  };
}
