import type { Outputs } from "@/app/_trpc/outputs";

export type Key = Outputs["apiKey"]["list"][number];

/** A secret, shown once, and what is to be known of it. */
export interface Secret {
  key: string;
  note: string;
}
