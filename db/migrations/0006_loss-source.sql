ALTER TABLE "runs" ADD COLUMN "loss_metric" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "loss_taken" text;--> statement-breakpoint
UPDATE "runs" SET "loss_metric" = 'val/loss', "loss_taken" = 'last' WHERE "source" = 'trainer';
