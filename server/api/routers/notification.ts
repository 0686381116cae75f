import { z } from "zod";
import { ofVerb } from "@/server/of-verb";
import {
  getPreferences,
  listNotifications,
  preferencesInput,
  readNotifications,
  readNotificationsInput,
  savePreferences,
} from "@/server/services/notification";
import { router, teamProcedure } from "../trpc";

export const notificationRouter = router({
  list: teamProcedure.query(({ ctx }) => listNotifications(ctx.verb)),
  read: teamProcedure
    .input(z.object({ entries: ofVerb(readNotificationsInput) }))
    .mutation(({ ctx, input }) => readNotifications(ctx.verb, input.entries)),
  preferences: teamProcedure.query(({ ctx }) => getPreferences(ctx.verb)),
  savePreferences: teamProcedure
    .input(z.object({ preferences: ofVerb(preferencesInput) }))
    .mutation(({ ctx, input }) => savePreferences(ctx.verb, input.preferences)),
});
