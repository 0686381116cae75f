CREATE TABLE "shared_links" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"team_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"recommendation_id" uuid,
	"report_id" uuid,
	"key" text NOT NULL,
	"people" text[],
	"created_by" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone,
	CONSTRAINT "shared_links_key_unique" UNIQUE("key"),
	CONSTRAINT "shared_links_one" CHECK ((recommendation_id is null) <> (report_id is null))
);
--> statement-breakpoint
ALTER TABLE "recommendations" DROP CONSTRAINT "recommendations_public_key_unique";--> statement-breakpoint
ALTER TABLE "shared_links" ADD CONSTRAINT "shared_links_team_id_teams_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "shared_links" ADD CONSTRAINT "shared_links_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "shared_links" ADD CONSTRAINT "shared_links_recommendation_id_recommendations_id_fk" FOREIGN KEY ("recommendation_id") REFERENCES "public"."recommendations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "shared_links" ADD CONSTRAINT "shared_links_report_id_reports_id_fk" FOREIGN KEY ("report_id") REFERENCES "public"."reports"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "shared_links" ADD CONSTRAINT "shared_links_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "shared_links_recommendation" ON "shared_links" USING btree ("recommendation_id");--> statement-breakpoint
CREATE INDEX "shared_links_report" ON "shared_links" USING btree ("report_id");--> statement-breakpoint
INSERT INTO "shared_links" ("team_id", "project_id", "recommendation_id", "key", "created_at")
  SELECT "team_id", "project_id", "id", "public_key", coalesce("published_at", "created_at") FROM "recommendations"
  WHERE "public_key" IS NOT NULL;--> statement-breakpoint
ALTER TABLE "recommendations" DROP COLUMN "public_key";