-- No two chunks of one (run, metric, hidden_by) may overlap: checked for each chunk that is written. Stores that already
-- have such chunks are repaired by server/services/metric/repair.ts.
CREATE FUNCTION "metric_chunks_apart"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (
      SELECT last_step FROM metric_chunks c
      WHERE c.run_id = NEW.run_id AND c.metric_id = NEW.metric_id AND c.hidden_by = NEW.hidden_by AND c.first_step < NEW.first_step
      ORDER BY c.first_step DESC LIMIT 1
    ) before WHERE before.last_step >= NEW.first_step
  ) OR EXISTS (
    SELECT FROM (
      SELECT first_step FROM metric_chunks c
      WHERE c.run_id = NEW.run_id AND c.metric_id = NEW.metric_id AND c.hidden_by = NEW.hidden_by AND c.first_step > NEW.first_step
      ORDER BY c.first_step LIMIT 1
    ) after WHERE after.first_step <= NEW.last_step
  ) THEN
    RAISE EXCEPTION 'run %, metric %: the chunk of steps % to % overlaps another', NEW.run_id, NEW.metric_id, NEW.first_step, NEW.last_step
      USING ERRCODE = 'exclusion_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "metric_chunks_apart" AFTER INSERT OR UPDATE ON "metric_chunks"
  FOR EACH ROW EXECUTE FUNCTION "metric_chunks_apart"();
