// What every verb of server/services owes: it asks whether its caller may, what it changes for people it audits, and what
// it parses nobody has parsed before.
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";

/** What an index offers and asks nobody: the server calls it at its start. */
const UNASKED = new Set([
  "adoptCheckpointFiles",
  "createQuickstart",
  "expireLeases",
  "resumeMappings",
  "startLeaseKeeper",
  "startMessenger",
  "startRules",
]);
/** Verbs of editors that change something and leave no line in the audit log. */
const UNAUDITED = new Set([
  // Called by training programs, thousands of times; a run says itself who made it, and when.
  "createRun",
]);

const WRITES = /\.(insert|update|delete)\((?!\))|\b(insert into|update [a-z_]+ |delete from)\b|writeMapped\(|touch\(/;

/** Verbs that owe something, one a line. */
export async function verbsInDebt(services, { unasked = UNASKED, unaudited = UNAUDITED } = {}) {
  const found = [];
  for (const noun of await nounsOf(services)) {
    const index = await readFile(join(services, noun, "index.ts"), "utf8").catch(() => "");
    const exported = new Set(index.replaceAll(/from "[^"]*"/g, "").match(/\w+/g));
    for (const { file, text } of await sources(join(services, noun))) {
      for (const { name, body, isOwn, schemas } of verbsOf(text)) {
        if (isOwn) continue;
        const at = `${noun}/${file}: ${name}`;
        const asks = /\bauthorise\w*\(/.test(body);
        if (!asks && !unasked.has(name) && exported.has(name)) {
          found.push(`${at} is a verb and does not authorise`);
        }
        if (asks && schemas.some((schema) => body.search(/\bauthorise\w*\(/) > body.indexOf(`${schema}.`))) {
          found.push(`${at} parses before it authorises`);
        }
        const forPeople = /authorise\(ctx, ("write"|"own"|"keys")/.test(body);
        if (forPeople && WRITES.test(body) && !/recordAudit/.test(body) && !unaudited.has(name)) {
          found.push(`${at} changes something and does not audit`);
        }
      }
    }
  }
  return found.sort();
}

/**
 * Inputs that are parsed twice, or not at all, one a line: what a verb parses, its row lets through by `ofVerb`, and
 * nothing else.
 */
export async function inputsNotParsedOnce(services, adapters) {
  const parses = new Map();
  for (const noun of await nounsOf(services)) {
    for (const { text } of await sources(join(services, noun))) {
      for (const { name, schemas } of verbsOf(text)) parses.set(name, schemas);
    }
  }
  const found = [];
  for (const folder of adapters) {
    for (const { file, text } of await sources(folder)) {
      for (const row of text.split(ROW)) {
        const at = `${basename(folder)}/${file}, ${/\w+(?=:| =)/.exec(row)?.[0]}`;
        found.push(...misread(row, parses).map((problem) => `${at}: ${problem}`));
      }
    }
  }
  return found.sort();
}

/** Where a procedure of a router or a call of a table begins, and what says that it takes an input. */
const ROW = /^(?= {2}\w+: \w*[pP]rocedure\b|export const \w+ = \w+\()/m;
const TAKES = /\.input\(|^ {2}body: /m;

function misread(row, parses) {
  const through = names(/\bofVerb\((\w+)\)/g, row);
  const parsed = [...new Set(names(/\b(\w+)\(/g, row).flatMap((verb) => parses.get(verb) ?? []))];
  const twice = TAKES.test(row) ? parsed.filter((schema) => !through.includes(schema)) : [];
  const never = through.filter((schema) => !parsed.includes(schema));
  return [
    ...twice.map((schema) => `the verb parses ${schema}; let it through by ofVerb(${schema})`),
    ...never.map((schema) => `no verb that is called parses ${schema}`),
  ];
}

function names(pattern, text) {
  return [...text.matchAll(pattern)].map(([, name]) => name);
}

async function nounsOf(services) {
  return (await readdir(services, { withFileTypes: true })).filter((e) => e.isDirectory()).map((e) => e.name);
}

async function sources(folder) {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
  return Promise.all(files.map(async (file) => ({ file, text: await readFile(join(folder, file), "utf8") })));
}

/**
 * Exported functions whose first parameter is the verbs' context, or a person's own, who may do with her account what
 * she will; and the schemas that they parse their input by.
 */
function verbsOf(text) {
  const verbs = text.matchAll(
    /^export (?:async )?function (\w+)\(\s*(ctx: Context|self: Self)\b(?:,\s*(\w+):)?[\s\S]*?^\}/gm,
  );
  return [...verbs].map(([body, name, context, input]) => ({
    name,
    body,
    isOwn: context.startsWith("self"),
    schemas: names(new RegExp(`\\b(\\w+)\\.(?:safeP|p)arse\\(${input}\\)`, "g"), body),
  }));
}
