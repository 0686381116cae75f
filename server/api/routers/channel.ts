import { z } from "zod";
import { ofVerb } from "@/server/of-verb";
import {
  createChannel,
  createChannelInput,
  listChannels,
  listDeliveries,
  removeChannel,
  testChannel,
  updateChannel,
  updateChannelInput,
} from "@/server/services/channel";
import { router, teamProcedure } from "../trpc";

const byId = z.object({ id: z.uuid() });

export const channelRouter = router({
  list: teamProcedure.query(({ ctx }) => listChannels(ctx.verb)),
  deliveries: teamProcedure.query(({ ctx }) => listDeliveries(ctx.verb)),
  create: teamProcedure
    .input(z.object({ channel: ofVerb(createChannelInput) }))
    .mutation(({ ctx, input }) => createChannel(ctx.verb, input.channel)),
  update: teamProcedure
    .input(z.object({ channel: ofVerb(updateChannelInput) }))
    .mutation(({ ctx, input }) => updateChannel(ctx.verb, input.channel)),
  remove: teamProcedure.input(byId).mutation(({ ctx, input }) => removeChannel(ctx.verb, input)),
  test: teamProcedure.input(byId).mutation(({ ctx, input }) => testChannel(ctx.verb, input)),
});
