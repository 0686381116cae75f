import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { verbsInDebt } from "./verbs.mjs";

let folder;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "etalon-verbs-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function noun(name, files) {
  await mkdir(join(folder, name));
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, name, file), text);
}

test("a verb of an index authorises; what it changes for people it audits", async () => {
  const verb = (name, body) => `export async function ${name}(ctx: Context, input: Input) {\n${body}\n}\n`;
  await noun("thing", {
    "index.ts": 'export { asked, silent, told, untold } from "./all";',
    "internal.ts": 'export { hidden } from "./all";',
    "all.ts": [
      verb("asked", '  authorise(ctx, "read");\n  return ctx.db.select();'),
      verb("silent", "  return ctx.db.select();"),
      verb("hidden", "  return ctx.db.select();"),
      verb("told", '  authorise(ctx, "own");\n  await ctx.db.delete(things);\n  await recordAudit(ctx, entry);'),
      verb("untold", '  authorise(ctx, "write");\n  await ctx.sql`delete from things`;'),
    ].join("\n"),
  });
  expect(await verbsInDebt(folder)).toEqual([
    "thing/all.ts: silent is a verb and does not authorise",
    "thing/all.ts: untold changes something and does not audit",
  ]);
  expect(await verbsInDebt(folder, { unasked: new Set(["silent"]), unaudited: new Set(["untold"]) })).toEqual([]);
});
