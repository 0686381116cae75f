import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

import { strangersToTables } from "../scripts/owned-tables.mjs";

const ROOT = resolve(import.meta.dirname, "..");

const SCHEMA =
  'export const metrics = pgTable("metrics", {}); export const metricChunks = pgTable(\n  "metric_chunks", {});';

/** A module of each kind, as far as others import it. */
const MODULES: Record<string, string> = {
  "lib/fit/index.ts": "export const fit = 1;",
  "lib/import/index.ts": "export const formats = 1;",
  "lib/import/imported.ts": "export type Imported = number;",
  "lib/import/table/index.ts": "export const table = 1;",
  "db/client.ts": "export const db = 1;",
  "os/net.ts": "export const port = 1;",
  "db/schema/metric.ts": SCHEMA,
  "db/schema/blob.ts": 'export const blobParts = pgTable("blob_parts", {});',
  "server/blobs/index.ts": "export const put = 1;",
  "server/blobs/database.ts": "export const write = 1;",
  "server/context.ts": "export const context = 1;",
  "server/store/index.ts": "export const points = 1;",
  "server/store/read/points.ts": "export const read = 1;",
  "server/services/run/index.ts": "export const run = 1; export type Run = number;",
  "server/services/run/internal.ts": "export const held = 1;",
  "server/services/run/stop.ts": "export const stop = 1;",
  "server/event/index.ts": "export const announce = 1;",
  "server/api/caller.ts": "export const api = 1;",
  "server/api/root.ts": "export const appRouter = 1; export type AppRouter = number;",
  "server/http/runs.ts": "export const get = 1;",
  "server/http/door/call.ts": "export const call = 1;",
  "server/http/native/runs.ts": "export const list = 1;",
  "server/http/openapi.ts": "export const document = 1;",
  "server/auth/index.ts": "export const auth = 1;",
  "workers/agent/index.ts": "export const agent = 1;",
  "cli/main.ts": "export const main = 1;",
  "app/_components/page.tsx": "export const page = 1;",
  "app/(dashboard)/[team]/[project]/fits/_components/law.tsx": "export const law = 1;",
  "db/e.ts": 'import "./d"; export const e = 1;',
  "tests/postgres.ts": "export const clone = 1;",
  "elsewhere/index.ts": "export const stray = 1;",
};

const value = (target: string) => `import * as x from "${target}"; console.log(x);`;
const type = (name: string, target: string) => `import type { ${name} } from "${target}"; export type T = ${name};`;

/** [file, its text, the rule that it breaks or null] */
const CASES: [string, string, string | null][] = [
  ["lib/a.ts", value("@/db/client"), "lib-is-pure"],
  ["lib/b.ts", value("@/server/context"), "lib-is-pure"],
  ["lib/c.ts", value("node:fs"), "lib-no-io"],
  ["lib/d.ts", value("postgres"), "lib-packages"],
  ["lib/e.ts", value("zod"), null],
  ["lib/fit/g.ts", value("../import"), "science-knows-no-imports"],
  ["lib/schedule-law/a.ts", value("../import"), "science-knows-no-imports"],
  ["lib/import/table/a.ts", value("../../fit"), "imports-know-no-science"],
  ["lib/import/other/a.ts", value("../table"), "formats-stand-alone"],
  ["lib/import/other/b.ts", value("../index"), "formats-stand-alone"],
  ["lib/import/other/c.ts", `${type("Imported", "../imported")} import "./a"; import "zod";`, null],
  ["lib/import/all.ts", value("./table"), null],
  ["server/services/run/i.ts", value("@/lib/import/table"), "formats-by-index"],
  ["server/services/run/j.ts", value("@/lib/import"), null],
  ["lib/f.test.ts", `${value("node:fs")} import "../tests/postgres";`, null],
  ["lib/g.ts", value("@/os/net"), "lib-is-pure"],
  ["os/a.ts", value("@/lib/fit"), "os-knows-node-only"],
  ["os/b.ts", value("zod"), "os-has-no-packages"],
  ["os/c.ts", `${value("./net")} import "node:fs";`, null],
  ["db/h.ts", value("@/os/net"), null],
  ["server/services/b2.ts", value("@/os/net"), "services-below-adapters"],
  ["db/a.ts", value("@/server/context"), "db-knows-lib-only"],
  ["db/b.ts", value("next-auth"), "services-no-web"],
  ["db/c.ts", value("@/lib/fit"), null],
  ["server/services/a.ts", value("@/server/http/runs"), "services-below-adapters"],
  ["server/services/b.ts", value("@/server/auth"), "services-below-adapters"],
  ["server/services/c.ts", value("next/headers"), "services-no-web"],
  ["server/services/d.ts", `${value("@/db/client")} import "@/server/context"; import "drizzle-orm";`, null],
  ["server/a.ts", value("@/server/services/run"), "context-below-services"],
  ["server/background.ts", value("@/server/services/run"), "context-below-services"],
  ["server/audit/a.ts", value("@/server/services/run"), "context-below-services"],
  ["server/store/a.ts", value("@/server/services/run"), "store-below-services"],
  ["server/store/b.ts", value("next/headers"), "services-no-web"],
  [
    "server/store/c.ts",
    `${value("@/server/context")} import "@/server/event"; import "@/db/client"; import "@/lib/fit";`,
    null,
  ],
  ["server/store/write/a.ts", value("../read/points"), "store-goes-forward"],
  ["server/store/compact/a.ts", value("../index"), "store-goes-forward"],
  ["server/services/job/c.ts", value("@/server/store/read/points"), "store-by-index"],
  ["server/services/job/d.ts", value("@/server/store"), null],
  ["server/blobs/a.ts", value("@/server/services/run"), "blobs-below-services"],
  ["server/blobs/b.ts", value("@/server/store"), "blobs-below-services"],
  ["server/services/job/e.ts", value("@/server/blobs/database"), "store-by-index"],
  ["server/services/job/f.ts", value("@/server/blobs"), null],
  ["server/event/a.ts", value("@/server/store"), "context-below-services"],
  ["server/http/f.ts", value("@/server/store"), "adapters-call-services"],
  ["cli/d.ts", value("@/server/store/read/points"), "store-by-index"],
  ["server/services/job/a.ts", value("../run/stop"), "verbs-by-index"],
  ["server/services/job/b.ts", `${value("../run/internal")} import "../run"; import "@/server/event";`, null],
  ["server/services/run/a.ts", `${value("./stop")}`, null],
  ["server/http/e.ts", value("@/server/services/run/internal"), "internal-for-verbs"],
  ["server/api/a.ts", value("@/db/client"), "adapters-call-services"],
  ["server/http/a.ts", value("@/db/client"), "adapters-call-services"],
  ["server/http/b.ts", value("drizzle-orm"), "adapters-no-sql"],
  ["server/http/c.ts", value("@/app/_components/page"), "adapters-call-services"],
  ["server/http/other/a.ts", value("../native/runs"), "dialects-know-the-door"],
  ["server/http/other/b.ts", value("../openapi"), "dialects-know-the-door"],
  ["server/http/other/c.ts", `${value("../door/call")} import "./a"; import "@/server/services/run";`, null],
  ["server/http/door/a.ts", value("../native/runs"), "door-knows-no-calls"],
  ["server/http/door/b.ts", value("@/server/services/run"), "door-knows-no-calls"],
  ["server/http/door/c.ts", `${value("./call")} import "@/server/auth"; import "@/server/context";`, null],
  ["server/http/d.ts", `${value("@/server/services/run")} import "../auth"; import "./native/runs";`, null],
  ["server/auth/a.ts", value("@/server/http/runs"), "auth-knows-services"],
  ["workers/agent/a.ts", value("@/db/client"), "agent-knows-lib-only"],
  ["workers/agent/b.ts", value("@/server/services/run"), "agent-knows-lib-only"],
  ["workers/agent/c.ts", value("postgres"), "agent-speaks-http-only"],
  ["workers/agent/d.ts", `${value("@/lib/fit")} import "node:fs";`, null],
  ["cli/a.ts", value("@/app/_components/page"), "cli-knows-no-pages"],
  ["cli/b.ts", `${value("@/server/services/run")} import "@/workers/agent";`, null],
  ["bin/a.mjs", value("../server/context.ts"), "bin-starts-cli"],
  ["scripts/a.mjs", value("../lib/fit/index.ts"), "scripts-know-no-product"],
  ["bench/a.mjs", value("../cli/main.ts"), "bench-measures-the-product"],
  ["bench/b.mjs", value("../workers/agent/index.ts"), null],
  ["app/api/a/route.ts", value("@/lib/fit"), "api-routes-re-export"],
  ["app/api/b/route.ts", value("@/server/services/run"), "api-routes-re-export"],
  ["app/api/c/route.ts", value("@/server/http/runs"), null],
  ["app/a.ts", value("@/server/services/run"), "pages-call-the-api"],
  ["app/b.ts", type("Run", "@/server/services/run"), "pages-call-the-api"],
  ["app/c.ts", value("@/db/client"), "pages-call-the-api"],
  ["app/d.ts", value("@/server/http/runs"), "pages-call-the-api"],
  ["app/e.ts", value("@/server/api/root"), "pages-take-values-from-caller"],
  ["app/f.ts", value("postgres"), "pages-no-sql"],
  ["app/g.ts", value("echarts/core"), "one-echarts-import"],
  ["app/_charts/a.ts", value("echarts"), "one-echarts-import"],
  ["app/h.ts", `${type("AppRouter", "@/server/api/root")} import "@/server/api/caller"; import "@/server/auth";`, null],
  [
    "app/(dashboard)/[team]/[project]/reports/[report]/_components/a.tsx",
    value("../../../fits/_components/law"),
    "pages-own-their-parts",
  ],
  ["app/(dashboard)/[team]/[project]/fits/[fit]/_components/b.tsx", value("../../_components/law"), null],
  ["app/i.ts", value("@/lib/fit"), null],
  ["app/_charts/chart.tsx", value("echarts/core"), null],
  ["cli/c.ts", value("@/elsewhere"), "known-folder"],
  ["db/d.ts", value("./e"), "no-circular"],
  ["db/f.ts", value("./not-there"), "not-to-missing"],
];

/** [file, its text, whether it names a table that is another room's] */
const STRANGERS: [string, string, boolean][] = [
  ["server/services/run/b.ts", "const q = sql`select from metric_chunks where run_id = 1`;", true],
  ["server/services/run/c.ts", "const q = sql`select m.id from runs r join metrics m on true`;", true],
  ["server/services/run/d.ts", 'import { metricChunks, runs } from "@/db/schema";', true],
  ["server/services/run/e.ts", 'import { metrics } from "@/db/schema";', true],
  ["server/services/run/f.ts", 'import * as all from "@/db/schema/metric";', true],
  ["cli/e.ts", 'const q = "vacuum metric_chunks";', true],
  [
    "server/services/run/g.ts",
    'import { runs } from "@/db/schema"; const { metrics } = runs; // from its metrics',
    false,
  ],
  ["server/services/run/h.ts", "const q = sql`delete from blob_parts`;", true],
  ["server/store/e.ts", 'import { blobParts } from "@/db/schema";', true],
  ["server/blobs/c.ts", 'import { blobParts } from "@/db/schema";', false],
  ["server/store/d.ts", "const q = sql`select from metric_chunks`;", false],
  ["db/g.ts", "const q = sql`select from metric_chunks`;", false],
];

let folder: string;
let strangers: string[];
let broken: { from: string; rule: { name: string } }[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "etalon-boundaries-"));
  for (const name of [".dependency-cruiser.cjs", "tsconfig.json", "package.json"]) {
    await copyFile(join(ROOT, name), join(folder, name));
  }
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const files = [...Object.entries(MODULES), ...[...CASES, ...STRANGERS].map(([path, text]) => [path, text] as const)];
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const folders = [...new Set(files.map(([path]) => path.split("/")[0]!))];
  const program = join(ROOT, "node_modules", "dependency-cruiser", "bin", "dependency-cruise.mjs");
  const output = await new Promise<string>((done) =>
    execFile(
      process.execPath,
      [program, "--config", ".dependency-cruiser.cjs", "--output-type", "json", ...folders],
      { cwd: folder, maxBuffer: 64 * 1024 * 1024 },
      (_error, stdout) => done(stdout),
    ),
  );
  strangers = await strangersToTables(folder);
  broken = JSON.parse(output).summary.violations;
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(CASES)("%s %s: %s", (path, _text, rule) => {
  const names = new Set(broken.filter((v) => v.from === path).map((v) => v.rule.name));
  if (rule === null) expect([...names]).toEqual([]);
  else expect([...names]).toContain(rule);
});

test.each(STRANGERS)("%s names a table of another room: %s", (path, _text, stranger) => {
  expect(strangers.filter((line) => line.startsWith(`${path}:`))).toHaveLength(stranger ? 1 : 0);
});
