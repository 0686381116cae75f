import type { Health } from "@/lib/protocol";
import { databaseAnswers, recentRestarts } from "../services/health";
import { currentOutage } from "../unforeseen";

/** 200 while the database answers; says in either case what ended and was started again in the last ten minutes. */
export async function health(): Promise<Response> {
  const restarts = recentRestarts();
  if (await databaseAnswers()) return answer({ status: "ok", restarts });
  return answer({ status: "database unavailable", reason: currentOutage()?.message, restarts }, 503);
}

function answer(health: Health, status = 200): Response {
  return Response.json(health, { status });
}
