import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { auditLog, projects } from "@/db/schema";
import { recordAudit } from "@/server/audit";
import type { Context } from "@/server/context";
import { inTransaction } from "@/server/transaction";
import { product } from "./product";

const p = product();

/** Writes by Drizzle, by SQL and into the audit log. */
async function change(ctx: Context, slug: string): Promise<void> {
  await inTransaction(ctx, async (ctx) => {
    await ctx.db.insert(projects).values({ teamId: ctx.teamId, name: slug, slug, createdAt: ctx.now() });
    await ctx.sql`update projects set question = 'asked' where slug = ${slug}`;
    await recordAudit(ctx, { action: "test", subject: slug });
  });
}

async function stored(slug: string) {
  const { db } = p.alice;
  const rows = await db.select({ question: projects.question }).from(projects).where(eq(projects.slug, slug));
  return { rows, audited: await db.$count(auditLog, eq(auditLog.subject, slug)) };
}

test("what Drizzle, SQL and the audit log are told is there together, or not at all", async () => {
  await change(p.alice, "kept");
  expect(await stored("kept")).toEqual({ rows: [{ question: "asked" }], audited: 1 });
  const failing = inTransaction(p.alice, async (ctx) => {
    await change(ctx, "undone"); // within the transaction that is open
    throw new Error("afterwards");
  });
  await expect(failing).rejects.toThrow("afterwards");
  expect(await stored("undone")).toEqual({ rows: [], audited: 0 });
});

test("both ways write in one session", async () => {
  await inTransaction(p.alice, async (ctx) => {
    const [bySql] = await ctx.sql<{ id: string }[]>`select pg_current_xact_id()::text as id`;
    const [byDrizzle] = await ctx.db.execute<{ id: string }>(sql`select pg_current_xact_id()::text as id`);
    expect(bySql).toEqual(byDrizzle);
  });
});
