import { z } from "zod";
import { ofVerb } from "@/server/of-verb";
import {
  changeRole,
  changeRoleInput,
  findMembers,
  findMembersInput,
  memberInput,
  memberLink,
  removeMember,
  type Signing,
} from "@/server/services/team";
import { router, teamProcedure } from "../trpc";

/** As the start command has set them. */
const signing = (): Signing => ({ publicUrl: process.env.AUTH_URL ?? "", secret: process.env.AUTH_SECRET ?? "" });

export const memberRouter = router({
  find: teamProcedure
    .input(z.object({ page: ofVerb(findMembersInput) }))
    .query(({ ctx, input }) => findMembers(ctx.verb, input.page)),
  link: teamProcedure
    .input(z.object({ member: ofVerb(memberInput) }))
    .mutation(({ ctx, input }) => memberLink(ctx.verb, input.member, signing())),
  changeRole: teamProcedure
    .input(z.object({ member: ofVerb(changeRoleInput) }))
    .mutation(({ ctx, input }) => changeRole(ctx.verb, input.member)),
  remove: teamProcedure
    .input(z.object({ member: ofVerb(memberInput) }))
    .mutation(({ ctx, input }) => removeMember(ctx.verb, input.member)),
});
