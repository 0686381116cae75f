import fc from "fast-check";
import { expect, test } from "vitest";
import type { Role, Scope } from "@/db/schema";
import { members } from "@/db/schema";
import { update as patchRun, get as readRun } from "@/server/http/native/runs";
import { createApiKey, revokeApiKey } from "@/server/services/api-key";
import { changeAccess, createProject } from "@/server/services/project";
import { createRun } from "@/server/services/run";
import { changeRole, removeMember } from "@/server/services/team";
import { call, colleague, type Person, product } from "./product";

/** Random histories of a team, of whom everybody and every key is asked after each step, against a model of a page. */

const p = product();
const PEOPLE = 3;
const PROJECTS = 3;
const RANK: Record<Role, number> = { viewer: 0, editor: 1, owner: 2 };
const MOST: Record<Role, Scope[]> = { viewer: [], editor: ["read", "write"], owner: ["read", "write", "work"] };

interface ModelKey {
  key: string;
  id: string;
  /** Index of the person whose it is; null for the team's. */
  whose: number | null;
  scopes: Scope[];
  projects: number[] | null;
  ended: boolean;
}
interface Model {
  roles: (Role | null)[];
  named: { openTo: "team" | "named"; people: Set<number> }[];
  keys: ModelKey[];
}

const seesAsPerson = (m: Model, person: number, project: number) => {
  const { openTo, people } = m.named[project]!;
  return m.roles[person] === "owner" || openTo === "team" || people.has(person);
};

function personMay(m: Model, person: number, project: number, what: "read" | "write" | "own"): string {
  const role = m.roles[person];
  if (!role) return "NOT_FOUND";
  // By a slug the role is asked before the project is: the same answer for one that is not there.
  if (what === "own" && role !== "owner") return "FORBIDDEN";
  if (!seesAsPerson(m, person, project)) return "NOT_FOUND";
  const needed = { read: 0, write: 1, own: 2 }[what];
  return RANK[role] >= needed ? "done" : "FORBIDDEN";
}

function keyMay(m: Model, k: ModelKey, project: number, what: "read" | "write"): number {
  const role = k.whose === null ? "owner" : m.roles[k.whose]!;
  if (k.ended || role === "viewer" || role === null) return 401;
  if (!k.scopes.includes(what) || (k.whose !== null && !MOST[role].includes(what))) return 403;
  if (k.projects && !k.projects.includes(project)) return 404;
  return k.whose === null || seesAsPerson(m, k.whose, project) ? 200 : 404;
}

const index = (n: number) => fc.nat(n - 1);
const step = fc.oneof(
  fc.record({
    do: fc.constant("role" as const),
    person: index(PEOPLE),
    role: fc.constantFrom<Role>("viewer", "editor", "owner"),
  }),
  fc.record({ do: fc.constant("remove" as const), person: index(PEOPLE) }),
  fc.record({
    do: fc.constant("open" as const),
    project: index(PROJECTS),
    openTo: fc.constantFrom("team" as const, "named" as const),
  }),
  fc.record({ do: fc.constant("name" as const), project: index(PROJECTS), person: index(PEOPLE), on: fc.boolean() }),
  fc.record({
    do: fc.constant("key" as const),
    whose: fc.option(index(PEOPLE)),
    scopes: fc.constantFrom<Scope[]>(["read"], ["write"], ["read", "write"]),
    projects: fc.option(fc.uniqueArray(index(PROJECTS), { minLength: 1 })),
  }),
  fc.record({ do: fc.constant("revoke" as const), key: fc.nat(20) }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface World {
  model: Model;
  people: Person[];
  slugs: string[];
  runs: string[];
}

async function begin(): Promise<World> {
  const people = await Promise.all(Array.from({ length: PEOPLE }, () => colleague(p.alice, "editor")));
  const slugs = Array.from({ length: PROJECTS }, () => `p-${crypto.randomUUID()}`);
  const runs: string[] = [];
  for (const slug of slugs) {
    await createProject(p.alice, { name: slug, slug });
    runs.push((await createRun(p.alice, { project: slug, config: {}, dimensions: {}, tags: [] })).id);
  }
  const named = slugs.map(() => ({ openTo: "team" as const, people: new Set<number>() }));
  return { model: { roles: people.map(() => "editor"), named, keys: [] }, people, slugs, runs };
}

/** A person as she is now: her context is made anew by her calls, here by her role and what is hidden. */
async function asNow({ model, people }: World, person: number): Promise<Person> {
  const role = model.roles[person]!;
  return {
    ...people[person]!,
    actor: { kind: "user", userId: people[person]!.userId, name: "n", role, only: null, hidden: [] },
  };
}

async function apply(world: World, s: Step): Promise<void> {
  const { model, people, slugs } = world;
  if (s.do === "role" || s.do === "remove") {
    const { userId } = people[s.person]!;
    const before = model.roles[s.person];
    if (s.do === "remove") {
      if (!before) return;
      await removeMember(p.alice, { userId });
      model.roles[s.person] = null;
      for (const { people } of model.named) people.delete(s.person);
      for (const k of model.keys) if (k.whose === s.person) k.ended = true;
    } else {
      // Who was removed comes back.
      if (before) await changeRole(p.alice, { userId, role: s.role });
      else await p.alice.db.insert(members).values({ teamId: p.alice.teamId, userId, role: s.role });
      model.roles[s.person] = s.role;
    }
  } else if (s.do === "open") {
    await changeAccess(p.alice, { slug: slugs[s.project]!, openTo: s.openTo });
    model.named[s.project]!.openTo = s.openTo;
  } else if (s.do === "name") {
    if (s.on && !model.roles[s.person]) return;
    const { userId } = people[s.person]!;
    await changeAccess(p.alice, { slug: slugs[s.project]!, ...(s.on ? { add: [userId] } : { remove: [userId] }) });
    const { people: named } = model.named[s.project]!;
    if (s.on) named.add(s.person);
    else named.delete(s.person);
  } else if (s.do === "key") {
    const role = s.whose === null ? "owner" : model.roles[s.whose]!;
    if (!role || role === "viewer") return;
    const maker = s.whose === null ? p.alice : await asNow(world, s.whose);
    const projects = s.projects?.map((i) => slugs[i]!) ?? null;
    const made = await createApiKey(maker, { name: "k", scopes: s.scopes, projects, service: s.whose === null });
    model.keys.push({ ...s, key: made.key, id: made.id, ended: false });
  } else if (model.keys.length > 0) {
    const k = model.keys[s.key % model.keys.length]!;
    if (!k.ended) await revokeApiKey(p.alice, { id: k.id });
    k.ended = true;
  }
}

async function observe({ model, people, slugs, runs }: World) {
  const [expected, found]: [unknown[], unknown[]] = [[], []];
  const { team } = p.alice;
  const code = (asked: Promise<unknown>) =>
    asked.then(
      () => "done",
      (e: { code: string }) => e.code,
    );
  for (let project = 0; project < PROJECTS; project++) {
    const [slug, id] = [slugs[project]!, runs[project]!];
    for (const [person, { api }] of people.entries()) {
      for (const what of ["read", "write", "own"] as const)
        expected.push([person, project, what, personMay(model, person, project, what)]);
      found.push([person, project, "read", await code(api.run.get({ team, id }))]);
      found.push([person, project, "write", await code(api.run.update({ team, id, set: { tags: ["t"] } }))]);
      found.push([person, project, "own", await code(api.project.changeAccess({ team, access: { slug } }))]);
    }
    for (const k of model.keys) {
      for (const what of ["read", "write"] as const)
        expected.push([k.id, project, what, keyMay(model, k, project, what)]);
      found.push([k.id, project, "read", (await call(readRun, { key: k.key, id })).status]);
      const patched = (await call(patchRun, { key: k.key, id, body: { tags: ["t"] } })).status;
      found.push([k.id, project, "write", patched === 204 ? 200 : patched]);
    }
  }
  expect(found).toEqual(expected);
}

test("whoever asks for whatever gets what the model says, after every step of any history", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async (steps) => {
      const world = await begin();
      await observe(world);
      for (const s of steps) {
        await apply(world, s);
        await observe(world);
      }
    }),
    { numRuns: 12, endOnFailure: true },
  );
}, 120_000);
