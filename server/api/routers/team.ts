import { z } from "zod";
import { teamsOf } from "@/server/auth";
import { ofVerb } from "@/server/of-verb";
import { getTeamSettings, saveTeamSettings, teamSettingsInput } from "@/server/services/team";
import { router, signedInProcedure, teamProcedure } from "../trpc";

export const teamRouter = router({
  settings: teamProcedure.query(({ ctx }) => getTeamSettings(ctx.verb)),
  saveSettings: teamProcedure
    .input(z.object({ settings: ofVerb(teamSettingsInput) }))
    .mutation(({ ctx, input }) => saveTeamSettings(ctx.verb, input.settings)),
  list: signedInProcedure.query(({ ctx }) => teamsOf(ctx.user)),
});
