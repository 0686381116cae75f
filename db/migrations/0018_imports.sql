ALTER TABLE "table_imports" RENAME TO "imports";--> statement-breakpoint
ALTER TABLE "table_import_changes" RENAME TO "import_changes";--> statement-breakpoint
ALTER TABLE "imports" RENAME CONSTRAINT "table_imports_pkey" TO "imports_pkey";--> statement-breakpoint
ALTER TABLE "imports" RENAME CONSTRAINT "table_imports_team_id_teams_id_fk" TO "imports_team_id_teams_id_fk";--> statement-breakpoint
ALTER TABLE "imports" RENAME CONSTRAINT "table_imports_project_id_projects_id_fk" TO "imports_project_id_projects_id_fk";--> statement-breakpoint
ALTER TABLE "imports" RENAME CONSTRAINT "table_imports_created_by_users_id_fk" TO "imports_created_by_users_id_fk";--> statement-breakpoint
ALTER TABLE "imports" RENAME CONSTRAINT "table_imports_undone_by_users_id_fk" TO "imports_undone_by_users_id_fk";--> statement-breakpoint
ALTER TABLE "import_changes" RENAME CONSTRAINT "table_import_changes_import_id_run_id_pk" TO "import_changes_import_id_run_id_pk";--> statement-breakpoint
ALTER TABLE "import_changes" RENAME CONSTRAINT "table_import_changes_import_id_table_imports_id_fk" TO "import_changes_import_id_imports_id_fk";--> statement-breakpoint
ALTER TABLE "import_changes" RENAME CONSTRAINT "table_import_changes_run_id_runs_id_fk" TO "import_changes_run_id_runs_id_fk";--> statement-breakpoint
ALTER INDEX "table_imports_project" RENAME TO "imports_project";--> statement-breakpoint
ALTER INDEX "table_import_changes_run" RENAME TO "import_changes_run";--> statement-breakpoint
ALTER TABLE "import_changes" ADD COLUMN "dimensions" json;--> statement-breakpoint
UPDATE "import_changes" SET "dimensions" = json_build_object('final_loss', "final_loss", 'train_tail_loss', "train_tail_loss")
WHERE NOT "made";--> statement-breakpoint
ALTER TABLE "import_changes" DROP COLUMN "final_loss";--> statement-breakpoint
ALTER TABLE "import_changes" DROP COLUMN "train_tail_loss";
