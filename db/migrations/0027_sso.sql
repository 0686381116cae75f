ALTER TABLE "sessions" ADD COLUMN "provider" text DEFAULT 'link' NOT NULL;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "by_claims" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "teams" ADD COLUMN "sso_required" boolean DEFAULT false NOT NULL;