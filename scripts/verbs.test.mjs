import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inputsNotParsedOnce, verbsInDebt } from "./verbs.mjs";

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
    "index.ts": 'export { asked, hasty, silent, told, untold } from "./all";',
    "internal.ts": 'export { hidden } from "./all";',
    "all.ts": [
      verb("asked", '  authorise(ctx, "read");\n  return ctx.db.select();'),
      verb("hasty", '  const { id } = hastyInput.parse(input);\n  authorise(ctx, "read");'),
      verb("silent", "  return ctx.db.select();"),
      verb("hidden", "  return ctx.db.select();"),
      verb("told", '  authorise(ctx, "own");\n  await ctx.db.delete(things);\n  await recordAudit(ctx, entry);'),
      verb("untold", '  authorise(ctx, "write");\n  await ctx.sql`delete from things`;'),
    ].join("\n"),
  });
  expect(await verbsInDebt(folder)).toEqual([
    "thing/all.ts: hasty parses before it authorises",
    "thing/all.ts: silent is a verb and does not authorise",
    "thing/all.ts: untold changes something and does not audit",
  ]);
  expect(await verbsInDebt(folder, { unasked: new Set(["silent"]), unaudited: new Set(["untold"]) })).toEqual([
    "thing/all.ts: hasty parses before it authorises",
  ]);
});

test("what a verb parses its row lets through, and nothing else", async () => {
  const verb = (name, body) => `export async function ${name}(ctx: Context, input: Input) {\n${body}\n}\n`;
  await noun("services", {});
  await noun("services/thing", {
    "all.ts": [
      verb("make", '  authorise(ctx, "write");\n  const { name } = makeInput.parse(input);'),
      verb("load", "  const read = loadInput.safeParse(input);\n  stored.parse(row.config);"),
      verb("find", '  authorise(ctx, "read");'),
    ].join("\n"),
  });
  const problems = async (file, text) => {
    await noun("routers", { [file]: text });
    const found = await inputsNotParsedOnce(join(folder, "services"), [join(folder, "routers")]);
    await rm(join(folder, "routers"), { recursive: true });
    return found;
  };
  const procedure = (name, input, call) =>
    `  ${name}: teamProcedure\n    .input(${input})\n    .mutation(({ ctx, input }) => ${call}),\n`;
  const row = (body, call) =>
    `export const it = call("POST", "/x", {\n  body: ${body},\n  handle: () => ${call},\n});\n`;
  const [make, load] = ["make(ctx.verb, input.thing)", "load(ctx, body)"];

  const right = [
    procedure("make", "z.object({ thing: ofVerb(makeInput) })", make),
    procedure("find", "z.object({ id: z.uuid() })", "find(ctx.verb, input)"),
    '  list: teamProcedure.query(({ ctx }) => load(ctx.verb, { project: "all" })),\n',
  ].join("");
  expect(await problems("thing.ts", `export const thingRouter = router({\n${right}});\n`)).toEqual([]);
  expect(await problems("thing.ts", row("ofVerb(loadInput)", load) + row("storedSchema", "find(ctx, body)"))).toEqual(
    [],
  );

  const twice = ["routers/thing.ts, make: the verb parses makeInput; let it through by ofVerb(makeInput)"];
  for (const input of ["z.object({ thing: makeInput })", "z.object(makeInput.shape)", "things"]) {
    expect(await problems("thing.ts", procedure("make", input, make)), input).toEqual(twice);
  }
  expect(await problems("thing.ts", row("loadInput", load))).toEqual([
    "routers/thing.ts, it: the verb parses loadInput; let it through by ofVerb(loadInput)",
  ]);

  const never = "no verb that is called parses";
  expect(await problems("thing.ts", procedure("find", "ofVerb(makeInput)", "find(ctx.verb, input)"))).toEqual([
    `routers/thing.ts, find: ${never} makeInput`,
  ]);
  expect(await problems("thing.ts", row("ofVerb(stored)", load))).toEqual([
    `routers/thing.ts, it: ${never} stored`,
    "routers/thing.ts, it: the verb parses loadInput; let it through by ofVerb(loadInput)",
  ]);
  const apart = "const things = z.object({ thing: ofVerb(makeInput) });\n";
  expect(await problems("thing.ts", apart + procedure("make", "things", make))).toEqual([
    ...twice,
    `routers/thing.ts, things: ${never} makeInput`,
  ]);
});
