import { changesSince, fitLaw } from "@/lib/fit";
import { transferReport } from "@/lib/transfer";

/** What takes long enough that nobody else may wait for it: pure functions of plain data. */
export const FUNCTIONS = { changesSince, fitLaw, transferReport };

export type Computation = keyof typeof FUNCTIONS;
