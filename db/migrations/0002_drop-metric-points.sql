-- Points of an earlier version are kept under another name until the server has moved them (server/services/metric/convert.ts).
DO $$ BEGIN
	IF EXISTS (SELECT FROM "metric_points") THEN ALTER TABLE "metric_points" RENAME TO "metric_points_before_chunks";
	ELSE DROP TABLE "metric_points";
	END IF;
END $$;
