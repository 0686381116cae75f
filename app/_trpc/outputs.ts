import type { inferRouterOutputs } from "@trpc/server";
import type { AppRouter } from "@/server/api/root";

/** What each procedure answers. */
export type Outputs = inferRouterOutputs<AppRouter>;
export type RunRow = Outputs["run"]["list"][number];
