-- The same check as before, once a statement instead of once a chunk: a pass of the compactor writes many.
CREATE OR REPLACE FUNCTION "metric_chunks_apart"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  bad record;
BEGIN
  SELECT * INTO bad FROM fresh f WHERE EXISTS (
    SELECT FROM (
      SELECT last_step FROM metric_chunks c
      WHERE c.run_id = f.run_id AND c.metric_id = f.metric_id AND c.hidden_by = f.hidden_by AND c.first_step < f.first_step
      ORDER BY c.first_step DESC LIMIT 1
    ) before WHERE before.last_step >= f.first_step
  ) OR EXISTS (
    SELECT FROM (
      SELECT first_step FROM metric_chunks c
      WHERE c.run_id = f.run_id AND c.metric_id = f.metric_id AND c.hidden_by = f.hidden_by AND c.first_step > f.first_step
      ORDER BY c.first_step LIMIT 1
    ) after WHERE after.first_step <= f.last_step
  ) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'run %, metric %: the chunk of steps % to % overlaps another', bad.run_id, bad.metric_id, bad.first_step, bad.last_step
      USING ERRCODE = 'exclusion_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
DROP TRIGGER "metric_chunks_apart" ON "metric_chunks";
--> statement-breakpoint
CREATE TRIGGER "metric_chunks_apart" AFTER INSERT ON "metric_chunks"
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION "metric_chunks_apart"();
--> statement-breakpoint
CREATE TRIGGER "metric_chunks_apart_changed" AFTER UPDATE ON "metric_chunks"
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION "metric_chunks_apart"();
