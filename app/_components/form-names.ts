import type { Form } from "@/lib/fit";

/** What the forms are called on pages. */
export const FORM_NAMES: Record<Form, string> = {
  "power-free": "Power, free batch",
  power: "Power (paper)",
  "power-averaged": "Power (paper), averaged",
  "power-free-size": "Power, free batch and size",
  "power-saturating": "Power, levelling off in the batch",
  "step-law": "Step Law",
  compute: "Compute (DeepSeek)",
  horizon: "Horizon (Björck)",
  timescale: "AdamW timescale",
  "timescale-ratio": "AdamW timescale, by tokens per parameter",
  chinchilla: "Loss (Chinchilla)",
};
