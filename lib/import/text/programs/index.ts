import type { Grammar } from "../grammar";
import { nanogpt } from "./nanogpt";

/** Every program whose logs are read; of those that know equally many lines of a log the earlier one reads it. */
export const programs: readonly Grammar[] = [nanogpt];
