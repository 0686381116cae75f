import { sql } from "drizzle-orm";
import { check, index, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";
import { createdBy } from "./auth";
import { createdAt } from "./columns";
import { recommendations } from "./fit";
import { reports } from "./lab";
import { projectId } from "./project";
import { teamId } from "./team";

/** Addresses by which people outside the team read a recommendation or a report. */
export const sharedLinks = pgTable(
  "shared_links",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    teamId: teamId(),
    projectId: projectId(),
    recommendationId: uuid("recommendation_id").references(() => recommendations.id, { onDelete: "cascade" }),
    reportId: uuid("report_id").references(() => reports.id, { onDelete: "cascade" }),
    /** Unguessable part of the address. */
    key: text("key").notNull().unique(),
    /** E-mail addresses, in lower case, of those who may read it; null: whoever has the address. */
    people: text("people").array(),
    createdBy: createdBy(),
    createdAt: createdAt(),
    /** Null: until it is revoked. */
    expiresAt: timestamp("expires_at", { withTimezone: true }),
  },
  (t) => [
    index("shared_links_recommendation").on(t.recommendationId),
    index("shared_links_report").on(t.reportId),
    check("shared_links_one", sql`(recommendation_id is null) <> (report_id is null)`),
  ],
);
