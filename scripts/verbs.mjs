// What every verb of server/services owes: it asks whether its caller may, and what it changes for people it audits.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** What an index offers and asks nobody: the server calls it at its start. */
const UNASKED = new Set([
  "adoptCheckpointFiles",
  "createQuickstart",
  "expireLeases",
  "resumeMappings",
  "startLeaseKeeper",
]);
/** Verbs of editors that change something and leave no line in the audit log. */
const UNAUDITED = new Set([
  // Called by training programs, thousands of times; a run says itself who made it, and when.
  "createRun",
  "updateRun",
]);

const WRITES = /\.(insert|update|delete)\((?!\))|\b(insert into|update [a-z_]+ |delete from)\b|writeMapped\(|touch\(/;

/** Verbs that owe something, one a line. */
export async function verbsInDebt(services, { unasked = UNASKED, unaudited = UNAUDITED } = {}) {
  const found = [];
  for (const noun of await readdir(services, { withFileTypes: true })) {
    if (!noun.isDirectory()) continue;
    const folder = join(services, noun.name);
    const index = await readFile(join(folder, "index.ts"), "utf8").catch(() => "");
    const exported = new Set(index.replaceAll(/from "[^"]*"/g, "").match(/\w+/g));
    for (const file of await readdir(folder)) {
      if (!file.endsWith(".ts") || file.endsWith(".test.ts")) continue;
      for (const { name, body } of verbsOf(await readFile(join(folder, file), "utf8"))) {
        const at = `${noun.name}/${file}: ${name}`;
        const asks = /\bauthorise\w*\(/.test(body);
        if (!asks && !unasked.has(name) && exported.has(name)) {
          found.push(`${at} is a verb and does not authorise`);
        }
        const forPeople = /authorise\(ctx, ("write"|"own"|ofRuns)/.test(body);
        if (forPeople && WRITES.test(body) && !/recordAudit/.test(body) && !unaudited.has(name)) {
          found.push(`${at} changes something and does not audit`);
        }
      }
    }
  }
  return found.sort();
}

/** Exported functions whose first parameter is the verbs' context. */
function verbsOf(text) {
  return [...text.matchAll(/^export (?:async )?function (\w+)\(\s*ctx: Context\b[\s\S]*?^\}/gm)].map(
    ([body, name]) => ({
      name,
      body,
    }),
  );
}
