import type { z } from "zod";
import { contextOf, currentUser } from "../auth";
import { requireReach } from "../auth/reach";
import type { Context } from "../context";
import { answerOf, refusal } from "./door/answer";
import { requireText } from "./door/check";
import { bodyOf } from "./door/door";
import { bytesOf, responseOf } from "./door/next";

interface Asked<B> {
  ctx: Context;
  query: URLSearchParams;
  body: B;
  request: Request;
}

type PageRoute = ((request: Request) => Promise<Response>) & { access: "session" };

/** What a page fetches or links to: as a call of a program, but for a signed-in member of `?team=`. */
export function pageRoute<S extends z.ZodType = z.ZodUndefined>(spec: {
  body?: S;
  handle: (asked: Asked<z.output<S>>) => unknown;
}): PageRoute {
  const route = async (request: Request): Promise<Response> => {
    try {
      const query = new URL(request.url).searchParams;
      const ctx = await contextOf(await currentUser(), query.get("team") ?? "");
      requireText(Object.fromEntries(query));
      const headers = Object.fromEntries(request.headers);
      const body = (await bodyOf(spec, { headers, body: bytesOf(request) })) as z.output<S>;
      await requireReach(ctx, [...query.values()], body);
      const answer = await spec.handle({ ctx, query, body, request });
      return answer instanceof Response ? answer : responseOf(answerOf(answer));
    } catch (e) {
      return responseOf(refusal(e));
    }
  };
  return Object.assign(route, { access: "session" as const });
}
