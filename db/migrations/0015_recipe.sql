ALTER TABLE "runs" ADD COLUMN "optimizer" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "weight_decay" double precision;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "weight_decay_convention" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "beta2" double precision;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "base_width" bigint;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "base_depth" bigint;--> statement-breakpoint
UPDATE "runs" SET "optimizer" = 'adamw', "weight_decay_convention" = 'coupled',
  "weight_decay" = coalesce(("config" #>> '{optimizer,weightDecay}')::float8, 0.1),
  "beta2" = coalesce(("config" #>> '{optimizer,beta2}')::float8, 0.95),
  "base_width" = CASE WHEN "parametrization" = 'mup' THEN coalesce(("config" #>> '{parametrization,baseWidth}')::int8, 64) END
WHERE "source" = 'trainer';
