import { z } from "zod";
import { ofVerb } from "@/server/of-verb";
import {
  createSharedLink,
  createSharedLinkInput,
  listSharedLinks,
  readShared,
  revokeSharedLink,
  shareable,
} from "@/server/services/share";
import { publicProcedure, router, teamProcedure } from "../trpc";

export const shareRouter = router({
  /** By whoever has the address. */
  read: publicProcedure
    .input(z.object({ key: z.string().min(1).max(100) }))
    .query(({ ctx, input }) => readShared(input, ctx.user, new Date())),
  list: teamProcedure.input(z.object({ of: shareable })).query(({ ctx, input }) => listSharedLinks(ctx.verb, input.of)),
  create: teamProcedure
    .input(z.object({ link: ofVerb(createSharedLinkInput) }))
    .mutation(({ ctx, input }) => createSharedLink(ctx.verb, input.link)),
  revoke: teamProcedure
    .input(z.object({ id: z.uuid() }))
    .mutation(({ ctx, input }) => revokeSharedLink(ctx.verb, { id: input.id })),
});
