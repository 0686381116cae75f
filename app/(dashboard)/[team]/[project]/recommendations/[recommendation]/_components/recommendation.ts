import type { Outputs } from "@/app/_components/use-runs";

/** A recommendation as its page gets it. */
export type Recommendation = Outputs["recommendation"]["get"];
