import type { Outputs } from "@/app/_trpc/outputs";

export type Found = Outputs["apiKey"]["find"];
export type Key = Found["keys"][number];

/** A secret, shown once, and what is to be known of it. */
export interface Secret {
  key: string;
  note: string;
}
