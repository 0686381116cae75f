import { z } from "zod";
import { connection } from "@/db/client";
import { currentSession, type SignedIn } from "@/server/auth";
import { ofVerb } from "@/server/of-verb";
import {
  accountOf,
  deleteAccount,
  deleteAccountInput,
  endOtherSessions,
  endSession,
  listSessions,
  type Self,
  updateAccount,
  updateAccountInput,
} from "@/server/services/account";
import { router, signedInProcedure } from "../trpc";

const self = ({ userId }: SignedIn): Self => ({ ...connection(), userId, now: () => new Date() });

export const accountRouter = router({
  get: signedInProcedure.query(({ ctx }) => accountOf(self(ctx.user))),
  update: signedInProcedure
    .input(z.object({ account: ofVerb(updateAccountInput) }))
    .mutation(({ ctx, input }) => updateAccount(self(ctx.user), input.account)),
  sessions: signedInProcedure.query(async ({ ctx }) => listSessions(self(ctx.user), await currentSession())),
  endSession: signedInProcedure
    .input(z.object({ id: z.uuid() }))
    .mutation(({ ctx, input }) => endSession(self(ctx.user), input)),
  endOtherSessions: signedInProcedure.mutation(async ({ ctx }) =>
    endOtherSessions(self(ctx.user), await currentSession()),
  ),
  delete: signedInProcedure
    .input(z.object({ account: ofVerb(deleteAccountInput) }))
    .mutation(({ ctx, input }) => deleteAccount(self(ctx.user), input.account)),
});
