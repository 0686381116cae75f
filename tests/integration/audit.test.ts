import { and, eq, gt, max } from "drizzle-orm";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { auditLog } from "@/db/schema";
import { appRouter } from "@/server/api/root";
import { audit } from "@/server/http/pages";
import { createApiKey } from "@/server/services/api-key";
import { auditChoices, expireAudit, exportAudit, listAudit, saveAuditRetention } from "@/server/services/audit";
import { createProject } from "@/server/services/project";
import { changeRole } from "@/server/services/team";
import { type Ids, PROCEDURES, ROUTES } from "../access";
import { idsOf, routeHandlers } from "./everything";
import { call, colleague, keyWith, type Person, product } from "./product";

vi.mock("next/headers", () => ({ headers: async () => new Headers(), cookies: async () => ({ getAll: () => [] }) }));

const p = product();
let ids: Ids;
let handlers: Awaited<ReturnType<typeof routeHandlers>>;

beforeAll(async () => {
  handlers = await routeHandlers();
  ids = await idsOf(p.alice);
});

async function newest(): Promise<number> {
  const [row] = await p.alice.db.select({ id: max(auditLog.id) }).from(auditLog);
  return row?.id ?? 0;
}

const since = (id: number) =>
  p.alice.db
    .select()
    .from(auditLog)
    .where(and(eq(auditLog.teamId, p.alice.teamId), gt(auditLog.id, id)));

describe("what changes something leaves a line", () => {
  /** Changes of nothing that others see, or of a run that itself says who made it, and when. */
  const UNTRACED = new Set([
    ...["account.update", "account.endSession", "account.endOtherSessions"],
    ...["notification.read", "notification.savePreferences", "watch.set", "channel.test"],
    // What programs send, thousands of times: the import that they belong to has its line.
    ...["import.points", "import.log"],
    // A choice of runs, kept for a while for who chose.
    "run.select",
  ]);
  /** What cannot be done to these ids as they stand, or was done already: it changes nothing. */
  const REFUSED = new Set([
    ...["account.delete", "account.endSession", "account.acceptInvitation", "team.delete", "team.leave"],
    ...["deletion.start", "job.retry", "report.save", "sweep.queueProposed"],
  ]);
  const mutations = Object.keys(PROCEDURES).filter(
    (name) =>
      (appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>)[name]!._def.type ===
      "mutation",
  );

  test.each(mutations)("%s", async (name) => {
    const before = await newest();
    const [router, procedure] = name.split(".") as [string, string];
    const routers = p.alice.api as unknown as Record<string, Record<string, (input: unknown) => Promise<unknown>>>;
    const outcome = await routers[router]![procedure]!({
      team: p.alice.team,
      ...PROCEDURES[name]!.input(ids),
    }).then(
      () => "done",
      (e: { code: string }) => e.code,
    );
    const lines = await p.alice.db.select().from(auditLog).where(gt(auditLog.id, before));
    if (REFUSED.has(name) || UNTRACED.has(name)) expect(lines).toEqual([]);
    else expect([name, outcome, lines[0]?.actor]).toEqual([name, "done", `user:${p.alice.userId}`]);
  });
});

test("calls of programs that change something leave a line, but those of training", async () => {
  const OF_TRAINING =
    /metrics|logs|alerts|heartbeat|finish|\/runs$|\/workers|checkpoint|\/release|\/fail|\/imports\/\{id\}\/runs/;
  const key = await keyWith(p.alice, "read", "write", "work");
  const writing = Object.entries(ROUTES).filter(([, route]) => route.access === "write");
  expect(writing.length).toBeGreaterThan(5);
  const left: string[] = [];
  for (const [name, route] of writing) {
    if (OF_TRAINING.test(name) || !("id" in route || "body" in route)) continue;
    const { id, body } = route as { id?: keyof Ids; body?: (ids: Ids) => unknown };
    const before = await newest();
    const { status } = await call(handlers.get(name)!, { key, id: id && ids[id], body: body?.(ids) });
    const lines = await since(before);
    if (lines.length === 0) left.push(`${name} ${status}`);
    else expect(lines[0]!.actor).toMatch(/^key:/);
  }
  // A run's own program changes its tags; a job of these ids is not to be retried.
  expect(left).toEqual(["PATCH /api/v1/runs/{id} 200", "POST /api/v1/jobs/{id}/retry 409"]);
});

const asked = (person: Person, from: string) => ({ ...person, from });

test("a line says by whom, when and from where; filters and pages leave none out", async () => {
  const bob = await colleague(p.alice, "editor");
  const start = await newest();
  for (let i = 0; i < 120; i++) await createProject(asked(bob, "192.0.2.7"), { name: `audited ${i}` });
  await changeRole(asked(p.alice, "2001:db8::1"), { userId: bob.userId, role: "viewer" });
  const found: number[] = [];
  for (let before: number | undefined; ; ) {
    const page = await listAudit(p.alice, { actor: `user:${bob.userId}`, before });
    found.push(...page.lines.map((l) => l.id));
    for (const l of page.lines) {
      expect([l.actorName, l.address, l.action]).toEqual(["editor", "192.0.2.7", "project.create"]);
      expect(l.id).toBeGreaterThan(start);
    }
    if (page.next === null) break;
    before = page.next;
  }
  expect(found).toHaveLength(120);
  expect(found).toEqual([...found].sort((a, b) => b - a));
  expect(new Set(found).size).toBe(120);
  const [role] = (await listAudit(p.alice, { action: "member." })).lines;
  expect(role).toMatchObject({
    action: "member.role",
    address: "2001:db8::1",
    detail: { before: "editor", role: "viewer" },
  });
  const today = new Date().toISOString().slice(0, 10);
  expect((await listAudit(p.alice, { action: "member.role", from: today, until: today })).lines).not.toEqual([]);
  expect((await listAudit(p.alice, { until: "2020-01-01" })).lines).toEqual([]);
  const choices = await auditChoices(p.alice);
  expect(choices.actions).toEqual([...new Set(choices.actions)].sort());
  expect(choices.actions).toEqual(expect.arrayContaining(["project.create", "member.role"]));
  expect((await auditChoices(p.mallory)).actions).not.toContain("project.create");
  await expect(listAudit(await colleague(p.alice, "editor"), {})).rejects.toMatchObject({ code: "forbidden" });
});

test("everything is exported, and that it was is a line; a cell is no formula", async () => {
  await createApiKey(p.alice, { name: "=HYPERLINK(1)", scopes: ["read"] });
  const all = await p.alice.db.select().from(auditLog).where(eq(auditLog.teamId, p.alice.teamId));
  const rows: string[] = [];
  for await (const part of await exportAudit(p.alice, { filter: {}, format: "jsonl" }))
    rows.push(...part.split("\n").filter(Boolean));
  expect(rows).toHaveLength(all.length + 1);
  expect(JSON.parse(rows[0]!)).toMatchObject({ action: "audit.export", actor: `user:${p.alice.userId}` });
  let csv = "";
  for await (const part of await exportAudit(p.alice, { filter: { action: "api-key." }, format: "csv" })) csv += part;
  expect(csv.split("\n")[0]).toBe("id,at,actor,actorName,address,action,subject,detail");
  expect(csv).toContain("api-key.create");
  expect(csv).not.toContain("project.create");
  expect((await audit(new Request("http://etalon.test/api/audit?team=team"))).status).toBe(401);
});

test("lines that are older than the team keeps them go, and no others", async () => {
  const old = { actor: "system:test", action: "old", subject: "x" };
  const at = (days: number) => new Date(Date.now() - days * 86_400_000);
  for (const teamId of [p.alice.teamId, p.mallory.teamId])
    await p.alice.db.insert(auditLog).values([
      { teamId, ...old, at: at(89) },
      { teamId, ...old, at: at(91) },
    ]);
  expect(await expireAudit(p.alice.sql)).toBe(0);
  await saveAuditRetention(p.alice, { days: 90 });
  expect(await expireAudit(p.alice.sql)).toBe(1);
  const left = await p.alice.db.select().from(auditLog).where(eq(auditLog.action, "old"));
  expect(left.filter((l) => l.teamId === p.alice.teamId)).toHaveLength(1);
  expect(left.filter((l) => l.teamId === p.mallory.teamId)).toHaveLength(2);
  await expect(saveAuditRetention(p.alice, { days: 1 })).rejects.toThrow();
});

test.each(["9999-12-31", "0000-01-01"])(
  "the audit log of the day %s cannot be asked for, and an export of it leaves no line",
  async (day) => {
    const exports = async () => (await listAudit(p.alice, { action: "audit.export" })).lines.length;
    const before = await exports();
    await expect(listAudit(p.alice, { from: day, until: day })).rejects.toThrow("choose a day");
    await expect(exportAudit(p.alice, { filter: { from: day, until: day }, format: "csv" })).rejects.toThrow();
    expect(await exports()).toBe(before);
  },
);
