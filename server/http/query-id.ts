import { z } from "zod";
import { EtalonError } from "../errors";

const uuid = z.uuid();

/** An id in the query of an address, if it is given. */
export function uuidIn(query: URLSearchParams, field: string): string | undefined {
  const text = query.get(field);
  if (text === null) return undefined;
  if (uuid.safeParse(text).success) return text;
  throw new EtalonError("invalid", `${field} "${text.slice(0, 60)}" is not an id`, [{ field, message: "not an id" }]);
}
