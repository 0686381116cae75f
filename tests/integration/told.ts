import { eq } from "drizzle-orm";
import { projects } from "@/db/schema";
import { createRunSchema, finishRunSchema } from "@/lib/protocol";
import { ALL_PROJECTS, type Context } from "@/server/context";
import { listNotifications } from "@/server/services/notification";
import { createRun, finishRun } from "@/server/services/run";
import { setWatch } from "@/server/services/watch";
import type { Person } from "./product";

/** What the server itself asks in a team. */
export function system(of: Person): Context {
  const { db, sql, teamId, now } = of;
  return { db, sql, teamId, now, actor: { kind: "system", name: "test" } };
}

/** A program's key of the team. */
export function program(of: Person): Context {
  const actor = {
    kind: "key" as const,
    keyId: crypto.randomUUID(),
    name: "key",
    scopes: ["write" as const],
    ...ALL_PROJECTS,
  };
  return { ...system(of), actor };
}

export async function projectId(of: Person, slug: string): Promise<string> {
  const [row] = await of.db.select({ id: projects.id }).from(projects).where(eq(projects.slug, slug));
  return row!.id;
}

export async function watchProject(who: Person, slug: string): Promise<void> {
  await setWatch(who, { kind: "project", id: await projectId(who, slug), watching: true });
}

/** Kind, subject and words of what somebody was told, oldest first. */
export async function toldTo(who: Person): Promise<[kind: string, title: string, words: string][]> {
  const { entries } = await listNotifications(who);
  return entries.map((e): [string, string, string] => [e.kind, e.title, e.words]).reverse();
}

export async function runOf(who: Context, project: string, name: string, dimensions = {}): Promise<string> {
  return (await createRun(who, createRunSchema.parse({ project, id: name, name, dimensions }))).id;
}

export async function endRun(who: Context, runId: string, end: Record<string, unknown>): Promise<void> {
  await finishRun(who, { ...finishRunSchema.parse(end), runId });
}
