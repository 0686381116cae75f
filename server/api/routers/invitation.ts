import { z } from "zod";
import { means } from "@/server/auth";
import { notFound } from "@/server/errors";
import { ofVerb } from "@/server/of-verb";
import {
  invitationInput,
  invite,
  listInvitations,
  offeredInvitation,
  renewInvitation,
  renewInvitationInput,
  revokeInvitation,
} from "@/server/services/invitation";
import { publicProcedure, router, teamProcedure } from "../trpc";

const publicUrl = () => process.env.AUTH_URL ?? "";

export const invitationRouter = router({
  /** What a link offers, to whoever has it. */
  offered: publicProcedure.input(z.object({ token: z.string().max(100) })).query(async ({ input }) => {
    const offer = await offeredInvitation(means(), input.token);
    if (!offer) throw notFound("invitation", "of this link");
    return offer;
  }),
  list: teamProcedure.query(({ ctx }) => listInvitations(ctx.verb)),
  create: teamProcedure
    .input(z.object({ invitation: ofVerb(invitationInput) }))
    .mutation(({ ctx, input }) => invite(ctx.verb, input.invitation, { publicUrl: publicUrl() })),
  renew: teamProcedure
    .input(z.object({ invitation: ofVerb(renewInvitationInput) }))
    .mutation(({ ctx, input }) => renewInvitation(ctx.verb, input.invitation, { publicUrl: publicUrl() })),
  revoke: teamProcedure
    .input(z.object({ id: z.uuid() }))
    .mutation(({ ctx, input }) => revokeInvitation(ctx.verb, input)),
});
