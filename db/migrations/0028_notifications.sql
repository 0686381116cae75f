CREATE TABLE "channels" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"team_id" uuid NOT NULL,
	"project_id" uuid,
	"type" text NOT NULL,
	"name" text NOT NULL,
	"url" text NOT NULL,
	"secret" text,
	"kinds" text[] NOT NULL,
	"created_by" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"team_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"channel_id" uuid,
	"user_id" text,
	"state" text DEFAULT 'waiting' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"due_at" timestamp with time zone DEFAULT now() NOT NULL,
	"leased_until" timestamp with time zone,
	"error" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	CONSTRAINT "deliveries_channel" UNIQUE("event_id","channel_id"),
	CONSTRAINT "deliveries_person" UNIQUE("event_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "metric_rules" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"team_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"metric" text NOT NULL,
	"comparison" text NOT NULL,
	"bound" double precision NOT NULL,
	"created_by" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notification_events" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"team_id" uuid NOT NULL,
	"cause" text NOT NULL,
	"kind" text NOT NULL,
	"project_id" uuid NOT NULL,
	"sweep_id" uuid,
	"run_id" uuid,
	"recommendation_id" uuid,
	"detail" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"actor_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "notification_events_cause" UNIQUE("team_id","cause")
);
--> statement-breakpoint
CREATE TABLE "notification_preferences" (
	"team_id" uuid NOT NULL,
	"user_id" text NOT NULL,
	"mail" text[] NOT NULL,
	CONSTRAINT "notification_preferences_team_id_user_id_pk" PRIMARY KEY("team_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "project_checks" (
	"project_id" uuid PRIMARY KEY NOT NULL,
	"team_id" uuid NOT NULL,
	"asked_at" timestamp with time zone,
	"checked_at" timestamp with time zone,
	"leased_until" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "watches" (
	"team_id" uuid NOT NULL,
	"user_id" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"sweep_id" uuid,
	"run_id" uuid,
	"recommendation_id" uuid,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "watches_user_id_subject_id_pk" PRIMARY KEY("user_id","subject_id")
);
--> statement-breakpoint
INSERT INTO "watches" ("team_id", "user_id", "subject_id", "project_id", "recommendation_id", "seen_at")
SELECT w."team_id", w."user_id", r."id", r."project_id", r."id", w."seen_at"
FROM "recommendation_watchers" w JOIN "recommendations" r ON r."id" = w."recommendation_id";--> statement-breakpoint
DROP TABLE "recommendation_watchers" CASCADE;--> statement-breakpoint
ALTER TABLE "notifications" DROP CONSTRAINT "notifications_recommendation_id_recommendations_id_fk";
--> statement-breakpoint
ALTER TABLE "notifications" DROP CONSTRAINT "notifications_actor_id_users_id_fk";
--> statement-breakpoint
DELETE FROM "notifications" n USING "notifications" same
WHERE same."id" > n."id" AND (same."user_id", same."recommendation_id", same."kind", same."created_at") =
  (n."user_id", n."recommendation_id", n."kind", n."created_at");--> statement-breakpoint
INSERT INTO "notification_events" ("team_id", "cause", "kind", "project_id", "recommendation_id", "actor_id", "created_at")
SELECT n."team_id", n."kind" || ' ' || r."id" || ' before ' || n."created_at", n."kind", r."project_id", r."id",
  min(n."actor_id"), n."created_at"
FROM "notifications" n JOIN "recommendations" r ON r."id" = n."recommendation_id"
GROUP BY n."team_id", n."kind", r."id", r."project_id", n."created_at";--> statement-breakpoint
ALTER TABLE "notifications" ADD COLUMN "event_id" uuid;--> statement-breakpoint
UPDATE "notifications" n SET "event_id" = e."id" FROM "notification_events" e
WHERE e."recommendation_id" = n."recommendation_id" AND e."kind" = n."kind" AND e."created_at" = n."created_at"
  AND e."team_id" = n."team_id";--> statement-breakpoint
ALTER TABLE "notifications" ALTER COLUMN "event_id" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "last_points_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "channels" ADD CONSTRAINT "channels_team_id_teams_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "channels" ADD CONSTRAINT "channels_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "channels" ADD CONSTRAINT "channels_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_team_id_teams_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_event_id_notification_events_id_fk" FOREIGN KEY ("event_id") REFERENCES "public"."notification_events"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_channel_id_channels_id_fk" FOREIGN KEY ("channel_id") REFERENCES "public"."channels"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "metric_rules" ADD CONSTRAINT "metric_rules_team_id_teams_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "metric_rules" ADD CONSTRAINT "metric_rules_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "metric_rules" ADD CONSTRAINT "metric_rules_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_events" ADD CONSTRAINT "notification_events_team_id_teams_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_events" ADD CONSTRAINT "notification_events_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_events" ADD CONSTRAINT "notification_events_sweep_id_sweeps_id_fk" FOREIGN KEY ("sweep_id") REFERENCES "public"."sweeps"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_events" ADD CONSTRAINT "notification_events_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_events" ADD CONSTRAINT "notification_events_recommendation_id_recommendations_id_fk" FOREIGN KEY ("recommendation_id") REFERENCES "public"."recommendations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_events" ADD CONSTRAINT "notification_events_actor_id_users_id_fk" FOREIGN KEY ("actor_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_preferences" ADD CONSTRAINT "notification_preferences_team_id_teams_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_preferences" ADD CONSTRAINT "notification_preferences_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "project_checks" ADD CONSTRAINT "project_checks_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "project_checks" ADD CONSTRAINT "project_checks_team_id_teams_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "watches" ADD CONSTRAINT "watches_team_id_teams_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "watches" ADD CONSTRAINT "watches_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "watches" ADD CONSTRAINT "watches_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "watches" ADD CONSTRAINT "watches_sweep_id_sweeps_id_fk" FOREIGN KEY ("sweep_id") REFERENCES "public"."sweeps"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "watches" ADD CONSTRAINT "watches_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "watches" ADD CONSTRAINT "watches_recommendation_id_recommendations_id_fk" FOREIGN KEY ("recommendation_id") REFERENCES "public"."recommendations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "channels_team" ON "channels" USING btree ("team_id");--> statement-breakpoint
CREATE INDEX "channels_project" ON "channels" USING btree ("project_id");--> statement-breakpoint
CREATE INDEX "deliveries_due" ON "deliveries" USING btree ("due_at") WHERE "deliveries"."state" = 'waiting';--> statement-breakpoint
CREATE INDEX "deliveries_of_channel" ON "deliveries" USING btree ("channel_id","created_at");--> statement-breakpoint
CREATE INDEX "deliveries_of_person" ON "deliveries" USING btree ("user_id","ended_at") WHERE "deliveries"."user_id" is not null;--> statement-breakpoint
CREATE INDEX "deliveries_of_team" ON "deliveries" USING btree ("team_id","created_at");--> statement-breakpoint
CREATE INDEX "deliveries_ended" ON "deliveries" USING btree ("ended_at") WHERE "deliveries"."ended_at" is not null;--> statement-breakpoint
CREATE INDEX "metric_rules_project" ON "metric_rules" USING btree ("project_id");--> statement-breakpoint
CREATE INDEX "notification_events_project" ON "notification_events" USING btree ("project_id","created_at");--> statement-breakpoint
CREATE INDEX "notification_events_sweep" ON "notification_events" USING btree ("sweep_id") WHERE "notification_events"."sweep_id" is not null;--> statement-breakpoint
CREATE INDEX "notification_events_run" ON "notification_events" USING btree ("run_id") WHERE "notification_events"."run_id" is not null;--> statement-breakpoint
CREATE INDEX "notification_events_recommendation" ON "notification_events" USING btree ("recommendation_id") WHERE "notification_events"."recommendation_id" is not null;--> statement-breakpoint
CREATE INDEX "watches_subject" ON "watches" USING btree ("subject_id");--> statement-breakpoint
CREATE INDEX "watches_project" ON "watches" USING btree ("project_id");--> statement-breakpoint
CREATE INDEX "watches_sweep" ON "watches" USING btree ("sweep_id") WHERE "watches"."sweep_id" is not null;--> statement-breakpoint
CREATE INDEX "watches_run" ON "watches" USING btree ("run_id") WHERE "watches"."run_id" is not null;--> statement-breakpoint
CREATE INDEX "watches_recommendation" ON "watches" USING btree ("recommendation_id") WHERE "watches"."recommendation_id" is not null;--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_event_id_notification_events_id_fk" FOREIGN KEY ("event_id") REFERENCES "public"."notification_events"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "runs_ended" ON "runs" USING btree ("project_id","finished_at");--> statement-breakpoint
CREATE INDEX "runs_running" ON "runs" USING btree ("project_id") WHERE "runs"."state" = 'running';--> statement-breakpoint
ALTER TABLE "notifications" DROP COLUMN "recommendation_id";--> statement-breakpoint
ALTER TABLE "notifications" DROP COLUMN "kind";--> statement-breakpoint
ALTER TABLE "notifications" DROP COLUMN "actor_id";--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_once" UNIQUE("event_id","user_id");