import type { Form } from "@/lib/fit";

/** What the forms are called on pages. */
export const FORM_NAMES: Record<Form, string> = {
  "power-free": "Power, free batch: A·batch^c·T^b",
  power: "Power (paper): batch·a·T^b, top batches",
  "power-averaged": "Power (paper), averaged over batches",
  "power-free-size": "Power, free batch and size",
  "step-law": "Step Law: c·N^α·T^β",
  compute: "Compute (DeepSeek): c·C^α",
  horizon: "Horizon (Björck): c·N^-α·T^-β",
  chinchilla: "Loss (Chinchilla): E + A·N^-α + B·T^-β",
};
