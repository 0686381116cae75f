import { databaseAnswers } from "../services/health";
import { currentOutage } from "../unforeseen";
import { publicEndpoint } from "./endpoint";

/** 200 while the database answers. */
export const health = publicEndpoint(async () => {
  if (await databaseAnswers()) return Response.json({ status: "ok" });
  const reason = currentOutage()?.message;
  return Response.json({ status: "database unavailable", ...(reason && { reason }) }, { status: 503 });
});
