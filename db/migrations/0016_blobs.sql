ALTER TABLE "checkpoint_parts" RENAME TO "blob_parts";--> statement-breakpoint
ALTER TABLE "blob_parts" RENAME COLUMN "upload_id" TO "blob_id";--> statement-breakpoint
ALTER TABLE "blob_parts" RENAME CONSTRAINT "checkpoint_parts_upload_id_part_pk" TO "blob_parts_blob_id_part_pk";--> statement-breakpoint
ALTER TABLE "blob_parts" DROP COLUMN "job_id";--> statement-breakpoint
ALTER TABLE "checkpoints" RENAME COLUMN "upload_id" TO "blob_id";
