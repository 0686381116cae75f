ALTER TABLE "audit_log" ADD COLUMN "actor_name" text;--> statement-breakpoint
ALTER TABLE "audit_log" ADD COLUMN "address" text;--> statement-breakpoint
ALTER TABLE "teams" ADD COLUMN "audit_days" integer;--> statement-breakpoint
CREATE INDEX "audit_log_action" ON "audit_log" USING btree ("team_id","action","id");--> statement-breakpoint
CREATE INDEX "audit_log_actor" ON "audit_log" USING btree ("team_id","actor","id");--> statement-breakpoint
CREATE INDEX "audit_log_at" ON "audit_log" USING btree ("team_id","at");