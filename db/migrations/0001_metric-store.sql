CREATE TABLE "ingest_ledgers" (
	"run_id" uuid NOT NULL,
	"writer" text NOT NULL,
	"seqs" "int8multirange" NOT NULL,
	CONSTRAINT "ingest_ledgers_run_id_writer_pk" PRIMARY KEY("run_id","writer")
);
--> statement-breakpoint
CREATE TABLE "metric_axes" (
	"run_id" uuid NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "metric_axes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"points" integer NOT NULL,
	"steps" "bytea" NOT NULL,
	"tokens" "bytea",
	"times" "bytea",
	CONSTRAINT "metric_axes_run_id_id_pk" PRIMARY KEY("run_id","id")
);
--> statement-breakpoint
CREATE TABLE "metric_chunks" (
	"run_id" uuid NOT NULL,
	"metric_id" integer NOT NULL,
	"hidden_by" integer DEFAULT 0 NOT NULL,
	"first_step" bigint NOT NULL,
	"last_step" bigint NOT NULL,
	"axis_id" bigint NOT NULL,
	"points" integer NOT NULL,
	"non_finite" integer NOT NULL,
	"min" double precision,
	"min_step" bigint,
	"max" double precision,
	"max_step" bigint,
	"last" double precision NOT NULL,
	"values" "bytea" NOT NULL,
	CONSTRAINT "metric_chunks_run_id_metric_id_hidden_by_first_step_pk" PRIMARY KEY("run_id","metric_id","hidden_by","first_step")
);
--> statement-breakpoint
CREATE TABLE "metric_rewinds" (
	"run_id" uuid NOT NULL,
	"no" integer NOT NULL,
	"step" bigint NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "metric_rewinds_run_id_no_pk" PRIMARY KEY("run_id","no")
);
--> statement-breakpoint
CREATE TABLE "metric_segments" (
	"run_id" uuid NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "metric_segments_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"points" integer NOT NULL,
	"rewind_to" bigint,
	"data" "bytea" NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "metric_segments_run_id_id_pk" PRIMARY KEY("run_id","id")
);
--> statement-breakpoint
CREATE TABLE "metric_summaries" (
	"run_id" uuid NOT NULL,
	"metric_id" integer NOT NULL,
	"points" bigint DEFAULT 0 NOT NULL,
	"non_finite" bigint DEFAULT 0 NOT NULL,
	"last" double precision,
	"last_step" bigint,
	"min" double precision,
	"min_step" bigint,
	"max" double precision,
	"max_step" bigint,
	CONSTRAINT "metric_summaries_run_id_metric_id_pk" PRIMARY KEY("run_id","metric_id")
);
--> statement-breakpoint
CREATE TABLE "metrics" (
	"id" serial PRIMARY KEY NOT NULL,
	"project_id" uuid NOT NULL,
	"name" text NOT NULL,
	CONSTRAINT "metrics_project_name" UNIQUE("project_id","name")
);
--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "tags" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "last_seen_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "sealed" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "ingest_ledgers" ADD CONSTRAINT "ingest_ledgers_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "metric_axes" ADD CONSTRAINT "metric_axes_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "metric_chunks" ADD CONSTRAINT "metric_chunks_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "metric_rewinds" ADD CONSTRAINT "metric_rewinds_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "metric_segments" ADD CONSTRAINT "metric_segments_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "metric_summaries" ADD CONSTRAINT "metric_summaries_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "metrics" ADD CONSTRAINT "metrics_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "metric_summaries_last" ON "metric_summaries" USING btree ("metric_id","last","run_id");--> statement-breakpoint
CREATE INDEX "metric_summaries_min" ON "metric_summaries" USING btree ("metric_id","min","run_id");--> statement-breakpoint
CREATE INDEX "metric_summaries_max" ON "metric_summaries" USING btree ("metric_id","max","run_id");--> statement-breakpoint
CREATE INDEX "runs_to_seal" ON "runs" USING btree ("finished_at") WHERE not "runs"."sealed" and "runs"."finished_at" is not null;--> statement-breakpoint
ALTER TABLE "ingest_batches" DROP COLUMN "points";--> statement-breakpoint
-- The bytes are packed already, or live for seconds: Postgres shall not try to compress them.
ALTER TABLE "metric_segments" ALTER COLUMN "data" SET STORAGE EXTERNAL;--> statement-breakpoint
ALTER TABLE "metric_chunks" ALTER COLUMN "values" SET STORAGE EXTERNAL;--> statement-breakpoint
ALTER TABLE "metric_axes" ALTER COLUMN "steps" SET STORAGE EXTERNAL, ALTER COLUMN "tokens" SET STORAGE EXTERNAL, ALTER COLUMN "times" SET STORAGE EXTERNAL;--> statement-breakpoint
-- The inbox turns over all the time: its dead rows must go at once or its scan grows.
ALTER TABLE "metric_segments" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);