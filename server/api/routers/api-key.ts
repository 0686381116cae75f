import { z } from "zod";
import { ofVerb } from "@/server/of-verb";
import {
  createApiKey,
  createApiKeyInput,
  limitApiKey,
  limitApiKeyInput,
  listApiKeys,
  revokeApiKey,
  rotateApiKey,
  rotateApiKeyInput,
} from "@/server/services/api-key";
import { router, teamProcedure } from "../trpc";

export const apiKeyRouter = router({
  list: teamProcedure.query(({ ctx }) => listApiKeys(ctx.verb)),
  create: teamProcedure
    .input(z.object({ key: ofVerb(createApiKeyInput) }))
    .mutation(({ ctx, input }) => createApiKey(ctx.verb, input.key)),
  rotate: teamProcedure
    .input(z.object({ key: ofVerb(rotateApiKeyInput) }))
    .mutation(({ ctx, input }) => rotateApiKey(ctx.verb, input.key)),
  limit: teamProcedure
    .input(z.object({ key: ofVerb(limitApiKeyInput) }))
    .mutation(({ ctx, input }) => limitApiKey(ctx.verb, input.key)),
  revoke: teamProcedure.input(z.object({ id: z.uuid() })).mutation(({ ctx, input }) => revokeApiKey(ctx.verb, input)),
});
