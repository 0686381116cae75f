import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { inject } from "vitest";
import type { TestProject } from "vitest/node";
import { startEmbeddedPostgres } from "@/db/embedded";
import { migrate } from "@/db/migrate";

declare module "vitest" {
  interface ProvidedContext {
    /** Maintenance database of the suite's server. */
    postgresUrl: string;
  }
}

const TEMPLATE = "etalon_template";

/** One embedded Postgres for the suite, with a migrated database that every test file clones. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "etalon-postgres-test-"));
  await chmod(folder, 0o755); // the server's user must be able to enter it
  const server = await startEmbeddedPostgres(join(folder, "data"));
  const maintenance = server.url.replace(/\/[^/]*$/, "/postgres");
  const sql = postgres(maintenance, { max: 1 });
  await sql.unsafe(`create database ${TEMPLATE}`);
  await sql.end();
  await migrate({ url: databaseUrl(maintenance, TEMPLATE) });
  project.provide("postgresUrl", maintenance);
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}

/** A database of its own for one test file: a copy of the migrated template, or of another one such as `template0`. */
export async function cloneDatabase(template = TEMPLATE): Promise<{ url: string; drop: () => Promise<void> }> {
  const maintenance = inject("postgresUrl");
  const name = `etalon_test_${crypto.randomUUID().replaceAll("-", "")}`;
  const run = async (statement: string) => {
    const sql = postgres(maintenance, { max: 1, onnotice: () => {} });
    await sql.unsafe(statement).finally(() => sql.end());
  };
  await run(`create database ${name} template ${template}`);
  return { url: databaseUrl(maintenance, name), drop: () => run(`drop database if exists ${name} with (force)`) };
}

function databaseUrl(maintenance: string, name: string): string {
  return maintenance.replace(/\/[^/]*$/, `/${name}`);
}
