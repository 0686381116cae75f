ALTER TABLE "runs" ADD COLUMN "schedule_shape" text;--> statement-breakpoint
-- The text of a schedule said its kind and its shape.
UPDATE "runs" SET "schedule" = split_part("schedule", ' ', 1),
  "schedule_shape" = nullif(substr("schedule", length(split_part("schedule", ' ', 1)) + 2), '')
WHERE "source" = 'trainer' AND split_part("schedule", ' ', 1) = "config" #>> '{schedule,kind}';
