import type { z } from "zod";
import { recordAudit } from "@/server/audit";
import { authorise, type Context } from "@/server/context";
import { inTransaction } from "@/server/transaction";
import { csvCell } from "../csv";
import { type AuditLine, auditFilterInput, auditLines } from "./list";

const COLUMNS = ["id", "at", "actor", "actorName", "address", "action", "subject", "detail"] as const;

interface AuditExport {
  filter: z.input<typeof auditFilterInput>;
  format: "csv" | "jsonl";
}

/** Every line of the audit log that a filter lets through, the newest first; that it was taken out is a line too. */
export async function exportAudit(ctx: Context, { filter, format }: AuditExport): Promise<AsyncGenerator<string>> {
  authorise(ctx, "own");
  const asked = auditFilterInput.parse(filter);
  await inTransaction(ctx, (ctx) =>
    recordAudit(ctx, { action: "audit.export", subject: ctx.teamId, detail: { ...asked, format } }),
  );
  return written(auditLines(ctx, asked), format);
}

async function* written(parts: AsyncGenerator<AuditLine[]>, format: "csv" | "jsonl"): AsyncGenerator<string> {
  if (format === "csv") yield `${COLUMNS.join(",")}\n`;
  for await (const lines of parts) yield lines.map(format === "csv" ? csvLine : jsonLine).join("");
}

function csvLine(line: AuditLine): string {
  const { at, detail, ...others } = line;
  const cells = { ...others, at: at.toISOString(), detail: JSON.stringify(detail) };
  return `${COLUMNS.map((c) => csvCell(cells[c])).join(",")}\n`;
}

function jsonLine(line: AuditLine): string {
  return `${JSON.stringify(line)}\n`;
}
