import type { IncomingMessage, ServerResponse } from "node:http";
import { answerNext } from "./door/next";
import { answerNode } from "./door/node";
import { tableOf } from "./door/table";
import { CALLS } from "./native";
import { DOCUMENT } from "./openapi";

const native = tableOf({
  root: "/api/v1",
  calls: [...CALLS, DOCUMENT],
  help: `${DOCUMENT.method} ${DOCUMENT.path} lists the calls`,
});

/** Answers what a program calls, past Next's router, which takes longer than many calls do. False for all else. */
export function answerProgram(req: IncomingMessage, res: ServerResponse, common?: Record<string, string>): boolean {
  return answerNode([native], req, res, common);
}

/** The same calls for Next. */
export function v1(request: Request): Promise<Response> {
  return answerNext(native, request);
}
