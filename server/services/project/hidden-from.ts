import { type AnyColumn, type SQL, sql } from "drizzle-orm";

/** Ids of the team's projects of which a member must not know, as a column of a selection from `members`. */
export function hiddenFrom(member: { teamId: AnyColumn; userId: AnyColumn; role: AnyColumn }): SQL<string[]> {
  return sql<string[]>`case when ${member.role} = 'owner' then '{}'::uuid[] else array(
    select p.id from projects p
    where p.team_id = ${member.teamId} and p.open_to = 'named' and not exists (
      select from project_members n where n.project_id = p.id and n.user_id = ${member.userId})) end`;
}

/** Condition that a member `m` may know of a project `p`, for statements that name both so. */
export const MEMBER_SEES = `(m.role = 'owner' or p.open_to = 'team' or exists (
  select from project_members n where n.project_id = p.id and n.user_id = m.user_id))`;
