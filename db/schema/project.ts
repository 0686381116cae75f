import { sql } from "drizzle-orm";
import { foreignKey, index, pgTable, primaryKey, text, unique, uuid } from "drizzle-orm/pg-core";
import { createdAt } from "./columns";
import { members, teamId } from "./team";

/** Who sees a project: all of the team, or its owners and the members that are named. */
export const OPEN_TO = ["team", "named"] as const;

export const openTo = () => text("open_to", { enum: OPEN_TO }).notNull().default("team");

export const projects = pgTable(
  "projects",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    slug: text("slug").notNull(),
    name: text("name").notNull(),
    /** What the project asks, one sentence, shown on its home page. */
    question: text("question").notNull().default(""),
    openTo: openTo(),
    createdAt: createdAt(),
  },
  (t) => [
    unique("projects_team_slug").on(t.teamId, t.slug),
    index("projects_named").on(t.teamId).where(sql`open_to = 'named'`),
  ],
);

/** The project that a row goes with. */
export const projectId = () =>
  uuid("project_id")
    .notNull()
    .references(() => projects.id, { onDelete: "cascade" });

/** Who is named in a project; of one that is open to the team they are kept, and mean nothing. */
export const projectMembers = pgTable(
  "project_members",
  {
    teamId: teamId(),
    projectId: projectId(),
    userId: text("user_id").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.projectId, t.userId] }),
    // Whoever leaves the team is named no more, also when she comes back.
    foreignKey({ columns: [t.teamId, t.userId], foreignColumns: [members.teamId, members.userId] }).onDelete("cascade"),
  ],
);
