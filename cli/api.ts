import { setTimeout as sleep } from "node:timers/promises";
import type { ImportServer, KnownSource } from "@/lib/import";
import { encodeBatch, METRICS_TYPE } from "@/lib/protocol";

/** So often a call is sent that a server did not take for want of room or because it was away. */
const ATTEMPTS = 8;
const FIRST_WAIT_MS = 250;

/** The API of a server; calls are sent again while it is away or asks to wait, as each counts once. */
export function apiOf({ url, key }: { url: string; key: string }): ImportServer {
  const send = async (method: string, path: string, type: string, body?: BodyInit): Promise<string> => {
    for (let attempt = 1; ; attempt++) {
      const answer = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, ...(body !== undefined && { "content-type": type }) },
        ...(body !== undefined && { body }),
      }).catch((e: Error) => e);
      const isAway = answer instanceof Error || answer.status === 429 || answer.status >= 500;
      if (isAway && attempt < ATTEMPTS) {
        const asked = answer instanceof Error ? 0 : 1_000 * Number(answer.headers.get("retry-after") ?? 0);
        await sleep(Math.max(asked || 0, FIRST_WAIT_MS * 2 ** (attempt - 1)));
        continue;
      }
      if (answer instanceof Error) throw new Error(`${url} cannot be reached: ${reasonOf(answer)}`);
      const text = await answer.text();
      if (!answer.ok) {
        const message = `${url} refused ${method} ${path} (${answer.status}): ${messageIn(text)}`;
        throw Object.assign(new Error(message), { status: answer.status });
      }
      return text;
    }
  };
  const json = async <T>(method: string, path: string, body?: unknown): Promise<T> =>
    JSON.parse(await send(method, path, "application/json", body === undefined ? undefined : JSON.stringify(body)));
  return {
    sources: async (project) => {
      const path = `/imports/sources?project=${encodeURIComponent(project)}`;
      const known = json<{ sources: KnownSource[] }>("GET", path);
      // There is no such project yet.
      return (await known.catch((e) => (e.status === 404 ? { sources: [] } : Promise.reject(e)))).sources;
    },
    begin: (entry) => json("POST", "/imports", entry),
    run: (importId, run) => json("POST", `/imports/${importId}/runs`, run),
    points: async (runId, batch) =>
      void (await send("POST", `/runs/${runId}/metrics`, METRICS_TYPE, encodeBatch(batch))),
    log: async (runId, lines) => void (await json("POST", `/runs/${runId}/logs`, { lines })),
  };
}

const reasonOf = (e: Error) => (e.cause instanceof Error && e.cause.message) || e.message;

function messageIn(text: string): string {
  try {
    return (JSON.parse(text) as { error: { message: string } }).error.message;
  } catch {
    return text.slice(0, 200);
  }
}
