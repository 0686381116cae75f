CREATE TABLE "checkpoint_parts" (
	"job_id" uuid NOT NULL,
	"upload_id" uuid NOT NULL,
	"part" integer NOT NULL,
	"data" "bytea" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "checkpoint_parts_upload_id_part_pk" PRIMARY KEY("upload_id","part")
);
--> statement-breakpoint
CREATE TABLE "checkpoints" (
	"job_id" uuid PRIMARY KEY NOT NULL,
	"upload_id" uuid NOT NULL,
	"bytes" bigint NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
DROP INDEX "jobs_queue";--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "leased_with" uuid;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "tokens" double precision[];--> statement-breakpoint
UPDATE "jobs" SET "tokens" = (SELECT coalesce(array_agg(DISTINCT r.tokens ORDER BY r.tokens), '{}') FROM "runs" r WHERE r.job_id = "jobs"."id" AND r.tokens IS NOT NULL);--> statement-breakpoint
ALTER TABLE "jobs" ALTER COLUMN "tokens" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "checkpoint_parts" ALTER COLUMN "data" SET STORAGE EXTERNAL;--> statement-breakpoint
ALTER TABLE "workers" ADD COLUMN "instance" text;--> statement-breakpoint
ALTER TABLE "checkpoint_parts" ADD CONSTRAINT "checkpoint_parts_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "checkpoints" ADD CONSTRAINT "checkpoints_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "checkpoint_parts_job" ON "checkpoint_parts" USING btree ("job_id");--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_leased_with_api_keys_id_fk" FOREIGN KEY ("leased_with") REFERENCES "public"."api_keys"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "jobs_queued" ON "jobs" USING btree ("sweep_id","position") WHERE "jobs"."state" = 'queued';--> statement-breakpoint
CREATE INDEX "jobs_running" ON "jobs" USING btree ("team_id") WHERE "jobs"."state" = 'running';