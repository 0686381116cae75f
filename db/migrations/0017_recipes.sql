ALTER TABLE "project_mappings" ALTER COLUMN "mapping" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "project_mappings" ADD COLUMN "recipe_ignored" text[];--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "warmup_tokens" double precision;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "recipe" text;--> statement-breakpoint
-- The label of a schedule said the warmup of our own trainer's runs, which is a dimension of its own now.
UPDATE "runs" SET "warmup_tokens" = ("config" #>> '{schedule,warmupTokens}')::float8,
  "schedule" = CASE WHEN "schedule" LIKE '%, warmup ' || ("config" #>> '{schedule,warmupTokens}')
    THEN left("schedule", -length(', warmup ' || ("config" #>> '{schedule,warmupTokens}'))) ELSE "schedule" END
WHERE "source" = 'trainer' AND "config" #>> '{schedule,warmupTokens}' IS NOT NULL;--> statement-breakpoint
-- Recipes are hashes: the next start of a server names those of the runs that are there.
UPDATE "project_mappings" SET "applied" = false;--> statement-breakpoint
INSERT INTO "project_mappings" ("project_id", "team_id", "updated_at", "applied")
  SELECT p."id", p."team_id", date_trunc('milliseconds', now()), false FROM "projects" p WHERE EXISTS (SELECT 1 FROM "runs" r WHERE r."project_id" = p."id")
  ON CONFLICT DO NOTHING;
