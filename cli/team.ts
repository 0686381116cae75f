import { asc, isNull } from "drizzle-orm";
import { teams } from "@/db/schema";
import { saveTeamSignIn } from "@/server/services/sso";
import { withDatabase } from "./database";
import { readSettings } from "./settings";

const USAGE = "usage: etalon team list | etalon team sso off ADDRESS";

/** `team list | sso off`: the server's teams; opens one that asks for single sign-on to other sessions again. */
export async function teamCommand([verb, ...args]: string[]): Promise<number> {
  const isOff = verb === "sso" && args[0] === "off" && args.length === 2;
  if (verb !== "list" && !isOff) throw new Error(USAGE);
  await withDatabase(readSettings(), async (ctx) => {
    const all = await ctx.db.select().from(teams).where(isNull(teams.deletedAt)).orderBy(asc(teams.createdAt));
    if (!isOff)
      for (const { slug, name, ssoRequired } of all)
        process.stdout.write(`${slug}  ${name}${ssoRequired ? "  single sign-on only" : ""}\n`);
    else {
      const team = all.find((t) => t.slug === args[1]);
      if (!team) throw new Error(`there is no team at "${args[1]}"; see: etalon team list`);
      await saveTeamSignIn({ ...ctx, teamId: team.id }, { ssoRequired: false });
    }
  });
  return 0;
}
