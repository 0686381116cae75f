import { parseArgs } from "node:util";
import { SCOPES, type Scope } from "@/db/schema";
import {
  createApiKey,
  GRACE_HOURS,
  limitApiKey,
  listApiKeys,
  revokeApiKey,
  rotateApiKey,
} from "@/server/services/api-key";
import { withDatabase } from "./database";
import { readSettings } from "./settings";

const USAGE = `usage: etalon key create --scopes read,write,work [--name NAME] [--expires 90d|2027-01-31]
                         [--projects SLUG,SLUG] [--requests-per-minute N] [--json]
       etalon key list [--json] | rotate ID [--grace 24h|1h|0h] [--json] | limit ID N | revoke ID`;

const OPTIONS = {
  scopes: { type: "string" },
  name: { type: "string" },
  expires: { type: "string" },
  projects: { type: "string" },
  "requests-per-minute": { type: "string" },
  grace: { type: "string" },
  json: { type: "boolean" },
} as const;

type Values = ReturnType<typeof parsed>["values"];

/** `key create | list | rotate | limit | revoke`. */
export async function keyCommand(args: string[]): Promise<number> {
  const { values, positionals } = parsed(args);
  const [verb, id, number] = positionals;
  if (verb === "create") await create(values);
  else if (verb === "list") await list(values);
  else if (verb === "rotate" && id) await rotate(id, values);
  else if (verb === "limit" && id && number) {
    const requestsPerMinute = readCount("N", number);
    await withDatabase(readSettings(), (ctx) => limitApiKey(ctx, { id, requestsPerMinute }));
  } else if (verb === "revoke" && id) await withDatabase(readSettings(), (ctx) => revokeApiKey(ctx, { id }));
  else throw new Error(USAGE);
  return 0;
}

function parsed(args: string[]) {
  return parseArgs({ args, allowPositionals: true, options: OPTIONS });
}

async function create(values: Values): Promise<void> {
  const perMinute = values["requests-per-minute"];
  const key = {
    name: values.name ?? "command line",
    scopes: readScopes(values.scopes),
    expires: values.expires ?? null,
    projects: values.projects === undefined ? null : values.projects.split(",").filter(Boolean),
    requestsPerMinute: perMinute === undefined ? undefined : readCount("--requests-per-minute", perMinute),
  };
  show(await withDatabase(readSettings(), (ctx) => createApiKey(ctx, key)), values);
}

async function rotate(id: string, values: Values): Promise<void> {
  const graceHours = GRACE_HOURS.find((hours) => `${hours}h` === (values.grace ?? "24h"));
  if (graceHours === undefined)
    throw new Error(`--grace: "${values.grace}" is not one of ${GRACE_HOURS.map((h) => `${h}h`).join(", ")}`);
  const made = await withDatabase(readSettings(), (ctx) => rotateApiKey(ctx, { id, graceHours }));
  show(made, values);
  if (!values.json) process.stderr.write(`The secret before ends on ${made.previousUntil.toISOString()}.\n`);
}

function show(made: { key: string }, { json }: Values): void {
  process.stdout.write(json ? `${JSON.stringify(made)}\n` : `${made.key}\n`);
  if (!json) process.stderr.write("Keep this key: it is shown only now.\n");
}

async function list({ json }: Values): Promise<void> {
  const keys = await withDatabase(readSettings(), (ctx) => listApiKeys(ctx));
  for (const k of keys) {
    const about = [
      ...[k.id, `${k.prefix}...`, k.scopes.join(","), k.state, k.expiresAt?.toISOString() ?? "never ends"],
      ...[k.projects?.join(",") ?? "all projects", k.service ? "the team's" : (k.maker ?? "nobody's"), k.name],
    ];
    process.stdout.write(json ? `${JSON.stringify(k)}\n` : `${about.join("  ")}\n`);
  }
}

function readScopes(text: string | undefined): Scope[] {
  const asked = (text ?? "").split(",").filter(Boolean);
  const bad = asked.find((s) => !SCOPES.includes(s as Scope));
  if (bad || asked.length === 0) throw new Error(`--scopes: "${bad ?? ""}" is not one of ${SCOPES.join(", ")}`);
  return asked as Scope[];
}

function readCount(what: string, text: string): number {
  if (/^[1-9]\d{0,7}$/.test(text)) return Number(text);
  throw new Error(`${what}: "${text}" is not a number of requests from 1 to 10000000`);
}
