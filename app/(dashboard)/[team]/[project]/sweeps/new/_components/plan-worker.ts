import { type Plan, type PlanOptions, planning } from "@/lib/propose";

/** What the worker says: how far it is, and at the end the plans. */
export type PlanAnswer = { done: number; total: number; plans: Plan[] | null };

const ANSWER_EVERY = 4;

self.onmessage = ({ data }: MessageEvent<PlanOptions>) => {
  const steps = planning(data);
  for (;;) {
    const step = steps.next();
    if (step.done) {
      self.postMessage({ done: 1, total: 1, plans: step.value } satisfies PlanAnswer);
      return;
    }
    if (step.value.done % ANSWER_EVERY === 0) self.postMessage({ ...step.value, plans: null } satisfies PlanAnswer);
  }
};
