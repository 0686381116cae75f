import { and, eq } from "drizzle-orm";
import { importChanges, runs } from "@/db/schema";
import type { Context } from "@/server/context";
import { writeMapped } from "../mapping/internal";
import { DIMENSION_COLUMNS } from "../run/internal";
import type { ImportedHistory } from "./history-schema";

type Stored = typeof runs.$inferSelect;

/** What a run was before a call. */
export interface Before extends Pick<Stored, "id" | "diverged" | "config" | "provenance"> {
  dimensions: Record<string, unknown>;
  /** How many of its points were stored. */
  points: number;
}

/** Makes the run of these files, or changes it to what is said now. */
export async function storeHistory(
  ctx: Context,
  { projectId, run }: { projectId: string; run: ImportedHistory },
): Promise<{ id: string; before: Before | null }> {
  const { format, base, key, points } = run.source;
  const externalId = `import: ${format}: ${base}: ${key}`;
  const before = await runBefore(ctx, projectId, externalId);
  const hasEnded = run.state !== "running";
  const date = (ms: number | null) => (ms === null ? null : new Date(ms));
  const now = ctx.now();
  const reported = { ...run.reported, ...namedReals({ finalLoss: run.finalLoss, trainTailLoss: run.trainTailLoss }) };
  const values = {
    name: run.name,
    state: run.state,
    diverged: run.diverged,
    error: run.error,
    config: run.config,
    tags: run.tags,
    notes: run.notes,
    ...run.dimensions,
    ...run.reported,
    finalLoss: run.finalLoss,
    trainTailLoss: run.trainTailLoss,
    reported,
    // Until its end is said no more points count as stored than before.
    provenance: hasEnded ? run.source : { ...run.source, points: Math.min(points, before?.points ?? 0) },
    startedAt: date(run.startedAt),
    finishedAt: hasEnded ? (date(run.endedAt) ?? now) : null,
    sealed: false,
    updatedAt: now,
  };
  const id = await writeMapped(ctx, projectId, { config: true }, async (db) => {
    if (before) {
      await db
        .update(runs)
        .set(values)
        .where(and(eq(runs.teamId, ctx.teamId), eq(runs.id, before.id)));
      return { id: before.id };
    }
    const own = { teamId: ctx.teamId, projectId, externalId, source: "import", createdAt: date(run.startedAt) ?? now };
    const [row] = await db
      .insert(runs)
      .values({ ...own, ...values })
      .returning({ id: runs.id });
    return row!;
  });
  return { id: id.id, before };
}

async function runBefore(ctx: Context, projectId: string, externalId: string): Promise<Before | null> {
  const [row] = await ctx.db
    .select({
      id: runs.id,
      diverged: runs.diverged,
      config: runs.config,
      provenance: runs.provenance,
      ...DIMENSION_COLUMNS,
    })
    .from(runs)
    .where(and(eq(runs.teamId, ctx.teamId), eq(runs.projectId, projectId), eq(runs.externalId, externalId)))
    .for("update");
  if (!row) return null;
  const { id, diverged, config, provenance, ...dimensions } = row;
  const points = Number((provenance as { points?: unknown } | null)?.points ?? 0);
  return { id, diverged, config, provenance, dimensions, points };
}

/** Keeps what a run was before the first call of an import; false where that is kept already. */
export async function keepBefore(
  ctx: Context,
  { importId, id, before }: { importId: string; id: string; before: Before | null },
): Promise<boolean> {
  const { diverged, config, provenance } = before ?? {};
  const dimensions = before && byColumn(before.dimensions);
  const kept = await ctx.db
    .insert(importChanges)
    .values({ importId, runId: id, made: before === null, diverged, config, dimensions, provenance })
    .onConflictDoNothing()
    .returning({ runId: importChanges.runId });
  return kept.length > 0;
}

/** As the statement that undoes an import reads them. */
function byColumn(dimensions: Record<string, unknown>): Record<string, unknown> {
  const name = (dimension: string) => DIMENSION_COLUMNS[dimension as keyof typeof DIMENSION_COLUMNS].name;
  return Object.fromEntries(Object.entries(namedReals(dimensions, true)).map(([key, value]) => [name(key), value]));
}

/** JSON has no word for NaN and the infinities: they are kept as text. */
function namedReals(values: Record<string, unknown>, nulls = false): Record<string, unknown> {
  const entries = Object.entries(values).filter(([, v]) => nulls || v !== null);
  return Object.fromEntries(entries.map(([k, v]) => [k, typeof v === "number" && !Number.isFinite(v) ? String(v) : v]));
}
