import { createTRPCClient, httpLink } from "@trpc/client";
import { transformer } from "@/lib/json/transformer";
import type { AppRouter } from "@/server/api/root";
import { type Etalon, run } from "./etalon";

export type Api = ReturnType<typeof createTRPCClient<AppRouter>>;

/** The procedures as a signed-in browser calls them. */
export function apiOf(etalon: Etalon, cookie: string): Api {
  return createTRPCClient<AppRouter>({
    links: [httpLink({ url: `${etalon.url}/api/trpc`, transformer, headers: { cookie } })],
  });
}

/** Signs in with a new link, without a browser. */
export async function signIn(etalon: Etalon): Promise<Api> {
  const { stdout } = await run(etalon.dataDir, ["sign-in-link"]);
  const { searchParams } = new URL(stdout.replace("sign in: ", "").trim());
  const response = await fetch(`${etalon.url}/api/sign-in`, {
    method: "POST",
    body: searchParams,
    headers: { origin: etalon.url },
    redirect: "manual",
  });
  const cookies = response.headers.getSetCookie().map((c) => c.split(";")[0]);
  return apiOf(etalon, cookies.join("; "));
}

/** Queues a sweep of the smallest proxy, one job a learning rate, in a project of its own. */
export async function queue(api: Api, axes: { learningRates: number[]; tokens: number[] }) {
  const { slug } = await api.project.create.mutate({
    team: "team",
    project: { name: `Project ${crypto.randomUUID().slice(0, 8)}` },
  });
  const space = {
    models: [{ width: 32, depth: 2, heads: 2, hidden: 96, seqLen: 64 }],
    batches: [{ batchSeqs: 8, learningRates: axes.learningRates }],
    tokens: axes.tokens,
    schedule: { kind: "wsd" as const, warmupTokens: 65_536 },
  };
  const sweep = await api.sweep.create.mutate({ team: "team", sweep: { project: slug, name: "Sweep", space } });
  return { project: slug, sweepId: sweep.id };
}
