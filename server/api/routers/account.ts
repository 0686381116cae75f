import { z } from "zod";
import { currentSession, selfOf } from "@/server/auth";
import { ofVerb } from "@/server/of-verb";
import {
  accountOf,
  deleteAccount,
  deleteAccountInput,
  endOtherSessions,
  endSession,
  listSessions,
  updateAccount,
  updateAccountInput,
} from "@/server/services/account";
import { acceptOwnInvitation } from "@/server/services/invitation";
import { router, signedInProcedure } from "../trpc";

export const accountRouter = router({
  get: signedInProcedure.query(async ({ ctx }) => accountOf(selfOf(ctx.user))),
  update: signedInProcedure
    .input(z.object({ account: ofVerb(updateAccountInput) }))
    .mutation(async ({ ctx, input }) => updateAccount(selfOf(ctx.user), input.account)),
  sessions: signedInProcedure.query(async ({ ctx }) => listSessions(selfOf(ctx.user), await currentSession())),
  endSession: signedInProcedure
    .input(z.object({ id: z.uuid() }))
    .mutation(async ({ ctx, input }) => endSession(selfOf(ctx.user), input)),
  endOtherSessions: signedInProcedure.mutation(async ({ ctx }) =>
    endOtherSessions(selfOf(ctx.user), await currentSession()),
  ),
  acceptInvitation: signedInProcedure
    .input(z.object({ id: z.uuid() }))
    .mutation(async ({ ctx, input }) => acceptOwnInvitation(selfOf(ctx.user), input, await currentSession())),
  delete: signedInProcedure
    .input(z.object({ account: ofVerb(deleteAccountInput) }))
    .mutation(async ({ ctx, input }) => deleteAccount(selfOf(ctx.user), input.account)),
});
