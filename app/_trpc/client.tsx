"use client";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createTRPCClient, httpBatchLink } from "@trpc/client";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import { type ReactNode, useState } from "react";
import { transformer } from "@/lib/json/transformer";
import type { AppRouter } from "@/server/api/root";

// The content policy forbids code from text, and zod would try it. What it is configured by stands here without it:
// most pages need no zod, which takes as long to load as all of theirs.
const zodsOwn = globalThis as { __zod_globalConfig?: object };
zodsOwn.__zod_globalConfig ??= {};
Object.assign(zodsOwn.__zod_globalConfig, { jitless: true });

export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>();

/** One query cache and one tRPC client for the browser. Live events say what is stale, so nothing is polled. */
export function Providers({ children }: { children: ReactNode }) {
  const [queryClient] = useState(
    () =>
      new QueryClient({ defaultOptions: { queries: { staleTime: 30_000, refetchOnWindowFocus: false, retry: 1 } } }),
  );
  const [trpcClient] = useState(() =>
    createTRPCClient<AppRouter>({
      // Queries too go as POST: a thousand ids are longer than an address may be.
      links: [httpBatchLink({ url: "/api/trpc", transformer, methodOverride: "POST" })],
    }),
  );
  return (
    <QueryClientProvider client={queryClient}>
      <TRPCProvider trpcClient={trpcClient} queryClient={queryClient}>
        {children}
      </TRPCProvider>
    </QueryClientProvider>
  );
}
