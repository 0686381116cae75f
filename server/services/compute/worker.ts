import { parentPort } from "node:worker_threads";
import { type Computation, FUNCTIONS } from "./functions";

parentPort!.on("message", ({ id, name, args }: { id: number; name: Computation; args: never[] }) => {
  try {
    const compute = FUNCTIONS[name] as (...args: never[]) => unknown;
    parentPort!.postMessage({ id, answer: compute(...args) });
  } catch (e) {
    parentPort!.postMessage({ id, error: (e as Error).message });
  }
});
