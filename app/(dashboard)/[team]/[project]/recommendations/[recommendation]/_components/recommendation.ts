import type { Outputs } from "@/app/_trpc/outputs";

/** A recommendation as its page gets it. */
export type Recommendation = Outputs["recommendation"]["get"];
