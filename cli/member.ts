import { parseArgs } from "node:util";
import { ROLES, type Role } from "@/db/schema";
import type { Context } from "@/server/context";
import { unlinkMember } from "@/server/services/sso";
import { addMember, changeAddress, changeRole, listMembers, memberLink, removeMember } from "@/server/services/team";
import { withDatabase } from "./database";
import { readSettings } from "./settings";
import { runningUrl, signingSecret } from "./sign-in-link";

const USAGE =
  "usage: etalon member add EMAIL --role owner|editor|viewer | list | role EMAIL --role ROLE | link EMAIL | address EMAIL NEW | remove EMAIL | unlink EMAIL";

/** `member add | list | role | link | address | remove | unlink`: who belongs to the team. */
export async function memberCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { role: { type: "string" }, json: { type: "boolean" } },
  });
  const [verb, email, address] = positionals;
  const settings = readSettings();
  const signing = async (ctx: Context) => ({
    publicUrl: await runningUrl(settings),
    secret: await signingSecret(settings, ctx),
  });
  const answer = (value: unknown, text: string) =>
    process.stdout.write(values.json ? `${JSON.stringify(value)}\n` : text);
  await withDatabase(settings, async (ctx) => {
    if (verb === "list") {
      for (const m of await listMembers(ctx)) answer(m, `${m.email}  ${m.role}  ${m.joinedAt.toISOString()}\n`);
    } else if (!email) throw new Error(USAGE);
    else if (verb === "add") {
      const added = await addMember(ctx, { email, role: readRole(values.role) }, await signing(ctx));
      answer(added, `sign in: ${added.link}\n`);
    } else if (verb === "link") {
      const made = await memberLink(ctx, { userId: await idOf(ctx, email) }, await signing(ctx));
      answer(made, `sign in: ${made.link}\n`);
    } else if (verb === "address" && address) {
      await changeAddress(ctx, { userId: await idOf(ctx, email), email: address });
    } else if (verb === "role") await changeRole(ctx, { userId: await idOf(ctx, email), role: readRole(values.role) });
    else if (verb === "remove") await removeMember(ctx, { userId: await idOf(ctx, email) });
    else if (verb === "unlink") {
      const { accounts } = await unlinkMember(ctx, { userId: await idOf(ctx, email) });
      answer({ accounts }, `untied from ${accounts} ${accounts === 1 ? "account" : "accounts"}\n`);
    } else throw new Error(USAGE);
  });
  return 0;
}

function readRole(text: string | undefined): Role {
  const role = ROLES.find((r) => r === text);
  if (!role) throw new Error(`--role: "${text ?? ""}" is not one of ${ROLES.join(", ")}`);
  return role;
}

async function idOf(ctx: Context, email: string): Promise<string> {
  const found = (await listMembers(ctx)).find((m) => m.email === email.toLowerCase());
  if (!found) throw new Error(`${email} is no member of the team; see: etalon member list`);
  return found.userId;
}
