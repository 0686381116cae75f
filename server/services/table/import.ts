import { z } from "zod";
import { learningRate, paramCount, tokenCount } from "@/lib/format";
import { type ImportedRun, importedRunSchema } from "@/lib/table";
import { authorise, type Context } from "@/server/context";
import { EtalonError } from "@/server/errors";
import { recordAudit } from "../audit";
import { announce } from "../event";
import { resolveProject } from "../project";

export const importTableInput = z.strictObject({
  project: z.string(),
  file: z.string().min(1).max(500),
  rows: z.array(importedRunSchema).min(1).max(200_000),
});

type ImportResult = { created: number; updated: number; unchanged: number };

const CHUNK = 2_000;

/**
 * Rows of a results table as finished runs of a project, all or none. A row that was imported before updates its run; a
 * row that says the same again changes nothing. `progress` is called after every few thousand rows.
 */
export async function importTable(
  ctx: Context,
  input: z.input<typeof importTableInput>,
  progress: (done: number, total: number) => void = () => {},
): Promise<ImportResult> {
  authorise(ctx, "write");
  const project = await resolveProject(ctx, input.project);
  const { file, rows } = parsed(input);
  const at = ctx.now().toISOString();
  const result = { created: 0, updated: 0, unchanged: 0 };
  await ctx.sql.begin(async (tx) => {
    for (let first = 0; first < rows.length; first += CHUNK) {
      const part = rows.slice(first, first + CHUNK);
      const stored = await tx<{ created: boolean }[]>`
        insert into runs (team_id, project_id, external_id, name, state, diverged, config, source, width, depth,
          params_total, params_non_embedding, params_active, batch_seqs, seq_len, tokens, peak_lr, schedule, architecture,
          parametrization, data, seed, final_loss, train_tail_loss, provenance, created_at, started_at, finished_at, updated_at)
        select ${ctx.teamId}::uuid, ${project.id}::uuid, 'table: ' || r.identity, r.name, 'finished', r.diverged, r.row,
          'table', r.width, r.depth, r."paramsTotal", r.params, r."paramsActive", r."batchSeqs", r."seqLen", r.tokens, r.lr,
          r.schedule, r.architecture, r.parametrization, r.data, r.seed,
          coalesce(r.loss, 'NaN'::float8), r."tailLoss",
          jsonb_build_object('file', ${file}::text, 'line', r.line), ${at}::timestamptz, ${at}::timestamptz, ${at}::timestamptz, ${at}::timestamptz
        from json_to_recordset(${JSON.stringify(part.map((r) => ({ ...r, name: nameOf(r) })))}::json) as r (
          line int, identity text, name text, lr float8, "batchSeqs" int, tokens float8, "seqLen" int, params float8,
          "paramsTotal" float8, "paramsActive" float8, width int, depth int, architecture text, parametrization text,
          schedule text, data text, seed int, diverged boolean, loss float8, "tailLoss" float8, "row" jsonb)
        on conflict (project_id, external_id) do update set
          diverged = excluded.diverged, config = excluded.config, final_loss = excluded.final_loss,
          train_tail_loss = excluded.train_tail_loss, provenance = excluded.provenance, updated_at = excluded.updated_at
        where runs.team_id = excluded.team_id and (runs.diverged, runs.config, runs.final_loss, runs.train_tail_loss)
          is distinct from (excluded.diverged, excluded.config, excluded.final_loss, excluded.train_tail_loss)
        returning xmax = 0 as created`;
      const created = stored.filter((s) => s.created).length;
      result.created += created;
      result.updated += stored.length - created;
      result.unchanged += part.length - stored.length;
      progress(first + part.length, rows.length);
    }
  });
  await recordAudit(ctx, { action: "table.import", subject: project.id, detail: { file, ...result } });
  await announce(ctx.db, [{ teamId: ctx.teamId, projectId: project.id, kind: "run", id: project.id }]);
  return result;
}

function parsed(input: z.input<typeof importTableInput>) {
  const read = importTableInput.safeParse(input);
  if (!read.success) {
    const issues = read.error.issues.slice(0, 20).map((i) => {
      const [list, index, field] = i.path;
      const line = list === "rows" ? input.rows[Number(index)]?.line : undefined;
      const value = line === undefined ? "" : ` "${String(input.rows[Number(index)]?.[field as "lr"] ?? "")}"`;
      return {
        field: String(field ?? list ?? "table"),
        message: `${line ? `line ${line}: ` : ""}${String(field ?? "")}${value}: ${i.message}`,
      };
    });
    throw new EtalonError("invalid", `the table has a row that cannot be stored: ${issues[0]!.message}`, issues);
  }
  const seen = new Map<string, number>();
  for (const { identity, line } of read.data.rows) {
    const other = seen.get(identity);
    if (other !== undefined)
      throw new EtalonError("invalid", `lines ${other} and ${line} have the same identity "${identity}"`);
    seen.set(identity, line);
  }
  return read.data;
}

/** "dense 36.7M b64 20B lr 0.0016". */
function nameOf(r: ImportedRun): string {
  const size = r.params ?? r.paramsTotal ?? r.paramsActive;
  const model = [
    r.architecture === "unknown" ? null : r.architecture,
    r.width && `w${r.width}`,
    size && paramCount(size),
  ];
  const parts = [
    ...model,
    `b${r.batchSeqs}`,
    tokenCount(r.tokens),
    `lr ${learningRate(r.lr)}`,
    r.seed !== null && `s${r.seed}`,
  ];
  return parts.filter(Boolean).join(" ");
}
