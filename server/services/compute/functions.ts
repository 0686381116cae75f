import { changesSince, fitLaw } from "@/lib/fit";
import { fitScheduleLaw } from "@/lib/schedule-law";
import { transferReport } from "@/lib/transfer";

/** What takes long enough that nobody else may wait for it: pure functions of plain data. */
export const FUNCTIONS = { changesSince, fitLaw, fitScheduleLaw, transferReport };

export type Computation = keyof typeof FUNCTIONS;
