import { customType } from "drizzle-orm/pg-core";
import { writeJson } from "@/lib/json";

/** jsonb whose numbers keep every digit both ways: those that a double does not hold are `ExactNumber`. */
export const exactJson = customType<{ data: Record<string, unknown>; driverData: unknown }>({
  dataType: () => "jsonb",
  toDriver: (value) => writeJson(value),
  fromDriver: (value) => value as Record<string, unknown>,
});
