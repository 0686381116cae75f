import { pgTable, text, timestamp, unique, uuid } from "drizzle-orm/pg-core";
import { teams } from "./team";

export const projects = pgTable(
  "projects",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: uuid("team_id")
      .notNull()
      .references(() => teams.id, { onDelete: "cascade" }),
    slug: text("slug").notNull(),
    name: text("name").notNull(),
    /** What the project asks, one sentence, shown on its home page. */
    question: text("question").notNull().default(""),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [unique("projects_team_slug").on(t.teamId, t.slug)],
);
