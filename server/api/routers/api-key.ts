import { z } from "zod";
import { ofVerb } from "@/server/of-verb";
import {
  createApiKey,
  createApiKeyInput,
  findApiKeys,
  findApiKeysInput,
  limitApiKey,
  limitApiKeyInput,
  revokeApiKey,
  rotateApiKey,
  rotateApiKeyInput,
} from "@/server/services/api-key";
import { router, teamProcedure } from "../trpc";

export const apiKeyRouter = router({
  find: teamProcedure
    .input(z.object({ page: ofVerb(findApiKeysInput) }))
    .query(({ ctx, input }) => findApiKeys(ctx.verb, input.page)),
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
