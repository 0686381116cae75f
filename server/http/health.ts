import { connection } from "@/db/client";
import { publicEndpoint } from "./endpoint";

/** 200 while the database answers. */
export const health = publicEndpoint(async () => {
  try {
    await connection().sql`select 1`;
    return Response.json({ status: "ok" });
  } catch {
    return Response.json({ status: "database unavailable" }, { status: 503 });
  }
});
