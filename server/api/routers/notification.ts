import { z } from "zod";
import { ofVerb } from "@/server/of-verb";
import { listNotifications, readNotifications, readNotificationsInput } from "@/server/services/notification";
import { router, teamProcedure } from "../trpc";

export const notificationRouter = router({
  list: teamProcedure.query(({ ctx }) => listNotifications(ctx.verb)),
  read: teamProcedure
    .input(z.object({ entries: ofVerb(readNotificationsInput) }))
    .mutation(({ ctx, input }) => readNotifications(ctx.verb, input.entries)),
});
