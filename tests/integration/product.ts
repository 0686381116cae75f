import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { closeConnection, connection } from "@/db/client";
import { members, type Role, type Scope, teams, users } from "@/db/schema";
import { appRouter } from "@/server/api/root";
import { createCallerFactory } from "@/server/api/trpc";
import { ALL_PROJECTS, type Context } from "@/server/context";
import type { Call } from "@/server/http/door/call";
import { v1 } from "@/server/http/programs";
import { createApiKey } from "@/server/services/api-key";
import { createProject } from "@/server/services/project";
import { createSweep } from "@/server/services/sweep";
import { bootstrap } from "@/server/services/team";
import { registerWorker } from "@/server/services/worker";
import { cloneDatabase } from "../postgres";

const callerOf = createCallerFactory(appRouter);

/** A user of a team, with the verbs' context and the tRPC procedures as she sees them. */
export interface Person extends Context {
  team: string;
  userId: string;
  name: string;
  api: ReturnType<typeof callerOf>;
}

/** Two teams on a database of this test file; `alice` owns the first, `mallory` the second. */
export interface Product {
  alice: Person;
  mallory: Person;
}

/** Registers the hooks of a test file; the object is filled in before its first test. */
export function product(): Product {
  const filled = {} as Product;
  let undo = async () => {};
  beforeAll(async () => {
    const database = await cloneDatabase();
    const dataDir = await mkdtemp(join(tmpdir(), "etalon-data-"));
    Object.assign(process.env, {
      DATABASE_URL: database.url,
      ETALON_DATA_DIR: dataDir,
      AUTH_SECRET: "secret of tests",
    });
    undo = async () => {
      await closeConnection();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    };
    const { db } = connection();
    const first = await bootstrap(db);
    filled.alice = person(first.teamId, first.teamSlug, first.ownerId, "owner");
    const [other] = await db.insert(teams).values({ slug: "rivals", name: "Rivals" }).returning();
    filled.mallory = await addMember(other!.id, other!.slug, "owner");
  });
  afterAll(() => undo());
  return filled;
}

/** A new user with a role in the team of `of`. */
export function colleague(of: Person, role: Role): Promise<Person> {
  return addMember(of.teamId, of.team, role);
}

async function addMember(teamId: string, team: string, role: Role): Promise<Person> {
  const { db } = connection();
  const [user] = await db
    .insert(users)
    .values({ email: `${crypto.randomUUID()}@example.org`, name: role })
    .returning();
  await db.insert(members).values({ teamId, userId: user!.id, role });
  return person(teamId, team, user!.id, role);
}

function person(teamId: string, team: string, userId: string, role: Role): Person {
  const { db, sql } = connection();
  const actor = { kind: "user" as const, userId, name: role, role, ...ALL_PROJECTS };
  const api = callerOf({ user: { userId, name: role } });
  return { db, sql, teamId, team, userId, name: role, actor, now: () => new Date(), api };
}

export async function keyWith(owner: Person, ...scopes: Scope[]): Promise<string> {
  return (await createApiKey(owner, { name: scopes.join(" "), scopes })).key;
}

export type Handler = ((request: Request) => Promise<Response>) & { access?: string };

interface Sent {
  key?: string;
  id?: string;
  body?: unknown;
  raw?: BodyInit;
  query?: string;
  headers?: Record<string, string>;
}

/** Calls the API as a program would, through Next's side of the table, or a route of Next. */
export async function call(target: Call | Handler, sent: Sent = {}) {
  const response = await ask(target, sent);
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  return { status: response.status, text, body: isJson ? JSON.parse(text) : null };
}

/** The same for who wants the answer as it comes. */
export function ask(target: Call | Handler, { key, id = "", body, raw, query = "", headers }: Sent): Promise<Response> {
  const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const isCall = typeof target !== "function";
  const path = isCall ? target.path.replace("{id}", encodeURIComponent(Buffer.from(id).toString())) : "/";
  const init = {
    method: isCall ? target.method : sent === undefined ? "GET" : "POST",
    body: sent,
    duplex: "half",
    headers: { ...(key && { authorization: `Bearer ${key}` }), ...headers },
  };
  return (isCall ? v1 : target)(new Request(`http://etalon.test${path}${query}`, init));
}

export const K = 1024;

/** A search space as small as can be; `part` replaces what a test is about. */
export function space(part: Record<string, unknown> = {}) {
  return {
    models: [{ width: 32, depth: 2, heads: 2, hidden: 96, seqLen: 64 }],
    batches: [{ batchSeqs: 8, learningRates: [0.002, 0.004] }],
    tokens: [128 * K, 256 * K],
    schedule: { kind: "wsd" as const, warmupTokens: 64 * K },
    ...part,
  };
}

let made = 0;

/** A project with one sweep of `space(part)`; returns the slug and the sweep's id. */
export async function sweepIn(owner: Person, part: Record<string, unknown> = {}) {
  const slug = `project-${++made}`;
  await createProject(owner, { name: slug, slug });
  const sweep = await createSweep(owner, { project: slug, name: "sweep", space: space(part) });
  return { slug, sweepId: sweep.id, runs: sweep.runs };
}

export async function workerOf(owner: Person, name = "worker"): Promise<string> {
  const tokensPerS = { "32": 250_000, "64": 95_000 };
  const about = { name, host: "host", slots: 2, device: "cpu", isa: "avx2", trainerVersion: "0.1.0", tokensPerS };
  return (await registerWorker(owner, about)).workerId;
}
