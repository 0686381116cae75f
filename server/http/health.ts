import { databaseAnswers } from "../services/health";
import { publicEndpoint } from "./endpoint";

/** 200 while the database answers. */
export const health = publicEndpoint(async () =>
  (await databaseAnswers())
    ? Response.json({ status: "ok" })
    : Response.json({ status: "database unavailable" }, { status: 503 }),
);
