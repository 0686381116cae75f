import { parseArgs } from "node:util";
import { SCOPES, type Scope } from "@/db/schema";
import { createApiKey, listApiKeys, revokeApiKey } from "@/server/services/api-key";
import { withDatabase } from "./database";
import { readSettings } from "./settings";

/** `key create | list | revoke`. */
export async function keyCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { scopes: { type: "string" }, name: { type: "string" }, json: { type: "boolean" } },
  });
  const settings = readSettings();
  const [verb, id] = positionals;
  if (verb === "create") {
    const scopes = readScopes(values.scopes);
    const made = await withDatabase(settings, (ctx) =>
      createApiKey(ctx, { name: values.name ?? "command line", scopes }),
    );
    process.stdout.write(values.json ? `${JSON.stringify(made)}\n` : `${made.key}\n`);
    if (!values.json) process.stderr.write("Keep this key: it is shown only now.\n");
    return 0;
  }
  if (verb === "list") {
    const keys = await withDatabase(settings, (ctx) => listApiKeys(ctx));
    for (const k of keys) {
      const state = k.revokedAt ? "revoked" : "live";
      process.stdout.write(
        values.json
          ? `${JSON.stringify(k)}\n`
          : `${k.id}  ${k.prefix}...  ${k.scopes.join(",")}  ${state}  ${k.name}\n`,
      );
    }
    return 0;
  }
  if (verb === "revoke" && id) {
    await withDatabase(settings, (ctx) => revokeApiKey(ctx, { id }));
    return 0;
  }
  throw new Error(
    "usage: etalon key create --scopes read,write,work [--name NAME] [--json] | list [--json] | revoke ID",
  );
}

function readScopes(text: string | undefined): Scope[] {
  const asked = (text ?? "").split(",").filter(Boolean);
  const bad = asked.find((s) => !SCOPES.includes(s as Scope));
  if (bad || asked.length === 0) throw new Error(`--scopes: "${bad ?? ""}" is not one of ${SCOPES.join(", ")}`);
  return asked as Scope[];
}
