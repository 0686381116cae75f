ALTER TABLE "runs" ALTER COLUMN "width" SET DATA TYPE bigint;--> statement-breakpoint
ALTER TABLE "runs" ALTER COLUMN "depth" SET DATA TYPE bigint;--> statement-breakpoint
ALTER TABLE "runs" ALTER COLUMN "batch_seqs" SET DATA TYPE bigint;--> statement-breakpoint
ALTER TABLE "runs" ALTER COLUMN "seq_len" SET DATA TYPE bigint;--> statement-breakpoint
ALTER TABLE "runs" ALTER COLUMN "seed" SET DATA TYPE bigint;--> statement-breakpoint
ALTER TABLE "project_mappings" ADD COLUMN "applied" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "reported" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "first_time" double precision;--> statement-breakpoint
-- What the project's mapping does not give was reported by the run's own program.
UPDATE "runs" r SET "reported" = coalesce((
  SELECT jsonb_object_agg(v.key, v.value) FROM jsonb_each(jsonb_strip_nulls(jsonb_build_object(
    'width', r.width, 'depth', r.depth, 'paramsTotal', r.params_total, 'paramsNonEmbedding', r.params_non_embedding,
    'paramsActive', r.params_active, 'batchSeqs', r.batch_seqs, 'seqLen', r.seq_len, 'tokens', r.tokens, 'peakLr', r.peak_lr,
    'schedule', r.schedule, 'architecture', r.architecture, 'parametrization', r.parametrization, 'data', r.data, 'seed', r.seed,
    'lossMetric', r.loss_metric, 'lossTaken', r.loss_taken,
    'finalLoss', CASE WHEN r.final_loss IN ('NaN', 'Infinity', '-Infinity') THEN to_jsonb(r.final_loss::text) ELSE to_jsonb(r.final_loss) END,
    'trainTailLoss', CASE WHEN r.train_tail_loss IN ('NaN', 'Infinity', '-Infinity') THEN to_jsonb(r.train_tail_loss::text) ELSE to_jsonb(r.train_tail_loss) END,
    'diverged', CASE WHEN r.diverged THEN true END))) v
  WHERE NOT EXISTS (
    SELECT FROM project_mappings m WHERE m.project_id = r.project_id AND m.mapping::jsonb ? (CASE v.key
      WHEN 'peakLr' THEN 'lr' WHEN 'paramsNonEmbedding' THEN 'params' WHEN 'lossMetric' THEN 'metric' WHEN 'lossTaken' THEN 'taken'
      WHEN 'finalLoss' THEN 'loss' WHEN 'trainTailLoss' THEN 'tailLoss' ELSE v.key END))
  AND NOT (v.key = 'batchSeqs' AND EXISTS (
    SELECT FROM project_mappings m WHERE m.project_id = r.project_id AND m.mapping::jsonb ? 'batchTokens'))
), '{}') WHERE r.source NOT IN ('trainer', 'table');
