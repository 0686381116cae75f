import { databaseAnswers, recentRestarts } from "../services/health";
import { currentOutage } from "../unforeseen";
import { publicEndpoint } from "./endpoint";

/** 200 while the database answers; says in either case what ended and was started again in the last ten minutes. */
export const health = publicEndpoint(async () => {
  const restarts = recentRestarts();
  if (await databaseAnswers()) return Response.json({ status: "ok", restarts });
  const reason = currentOutage()?.message;
  return Response.json({ status: "database unavailable", ...(reason && { reason }), restarts }, { status: 503 });
});
