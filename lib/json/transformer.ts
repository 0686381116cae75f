import superjson from "superjson";
import { ExactNumber } from ".";

superjson.registerCustom<ExactNumber, string>(
  {
    isApplicable: (v): v is ExactNumber => v instanceof ExactNumber,
    serialize: (v) => v.digits,
    deserialize: (digits) => new ExactNumber(digits),
  },
  "exact number",
);

/** What crosses between server and pages: NaN, infinities, dates, and numbers that a double does not hold. */
export const transformer = superjson;
