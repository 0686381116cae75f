import { textFormats } from "./detect";
import { programs } from "./programs";

/** Logs that people read: one format a program. */
export const text = textFormats(programs);
