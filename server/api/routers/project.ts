import { z } from "zod";
import { ofVerb } from "@/server/of-verb";
import {
  changeAccess,
  changeAccessInput,
  createProject,
  createProjectInput,
  getProject,
  listProjectNames,
  listProjects,
  projectAccess,
  updateProject,
  updateProjectInput,
} from "@/server/services/project";
import { router, teamProcedure } from "../trpc";

export const projectRouter = router({
  names: teamProcedure.query(({ ctx }) => listProjectNames(ctx.verb)),
  list: teamProcedure.query(({ ctx }) => listProjects(ctx.verb)),
  get: teamProcedure.input(z.object({ slug: z.string() })).query(({ ctx, input }) => getProject(ctx.verb, input)),
  access: teamProcedure.input(z.object({ slug: z.string() })).query(({ ctx, input }) => projectAccess(ctx.verb, input)),
  changeAccess: teamProcedure
    .input(z.object({ access: ofVerb(changeAccessInput) }))
    .mutation(({ ctx, input }) => changeAccess(ctx.verb, input.access)),
  create: teamProcedure
    .input(z.object({ project: ofVerb(createProjectInput) }))
    .mutation(({ ctx, input }) => createProject(ctx.verb, input.project)),
  update: teamProcedure
    .input(z.object({ project: ofVerb(updateProjectInput) }))
    .mutation(({ ctx, input }) => updateProject(ctx.verb, input.project)),
});
