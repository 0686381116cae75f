import { z } from "zod";
import { currentSession, selfOf, teamsOf } from "@/server/auth";
import { ofVerb } from "@/server/of-verb";
import { getTeamSignIn, saveTeamSignIn, teamSignInInput } from "@/server/services/sso";
import {
  createTeam,
  createTeamInput,
  deleteTeam,
  deleteTeamInput,
  getTeamSettings,
  leaveTeam,
  renameTeam,
  renameTeamInput,
  saveTeamSettings,
  teamSettingsInput,
} from "@/server/services/team";
import { router, signedInProcedure, teamProcedure } from "../trpc";

export const teamRouter = router({
  settings: teamProcedure.query(({ ctx }) => getTeamSettings(ctx.verb)),
  saveSettings: teamProcedure
    .input(z.object({ settings: ofVerb(teamSettingsInput) }))
    .mutation(({ ctx, input }) => saveTeamSettings(ctx.verb, input.settings)),
  signIn: teamProcedure.query(({ ctx }) => getTeamSignIn(ctx.verb)),
  saveSignIn: teamProcedure
    .input(z.object({ signIn: ofVerb(teamSignInInput) }))
    .mutation(({ ctx, input }) => saveTeamSignIn(ctx.verb, input.signIn)),
  list: signedInProcedure.query(({ ctx }) => teamsOf(ctx.user)),
  create: signedInProcedure
    .input(z.object({ what: ofVerb(createTeamInput) }))
    .mutation(async ({ ctx, input }) => createTeam(selfOf(ctx.user), input.what, await currentSession())),
  rename: teamProcedure
    .input(z.object({ what: ofVerb(renameTeamInput) }))
    .mutation(({ ctx, input }) => renameTeam(ctx.verb, input.what)),
  delete: teamProcedure
    .input(z.object({ what: ofVerb(deleteTeamInput) }))
    .mutation(({ ctx, input }) => deleteTeam(ctx.verb, input.what)),
  leave: teamProcedure.mutation(({ ctx }) => leaveTeam(ctx.verb)),
});
