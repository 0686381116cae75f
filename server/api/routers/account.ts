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
import { router, signedInProcedure } from "../trpc";

export const accountRouter = router({
  get: signedInProcedure.query(async ({ ctx }) => accountOf(await selfOf(ctx.user))),
  update: signedInProcedure
    .input(z.object({ account: ofVerb(updateAccountInput) }))
    .mutation(async ({ ctx, input }) => updateAccount(await selfOf(ctx.user), input.account)),
  sessions: signedInProcedure.query(async ({ ctx }) => listSessions(await selfOf(ctx.user), await currentSession())),
  endSession: signedInProcedure
    .input(z.object({ id: z.uuid() }))
    .mutation(async ({ ctx, input }) => endSession(await selfOf(ctx.user), input)),
  endOtherSessions: signedInProcedure.mutation(async ({ ctx }) =>
    endOtherSessions(await selfOf(ctx.user), await currentSession()),
  ),
  delete: signedInProcedure
    .input(z.object({ account: ofVerb(deleteAccountInput) }))
    .mutation(async ({ ctx, input }) => deleteAccount(await selfOf(ctx.user), input.account)),
});
