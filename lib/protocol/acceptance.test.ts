import { expect, test } from "vitest";
import golden from "../../tests/golden/run-configs.json";
import { runConfigSchema } from "./index";

// The trainer's test `config` reads the same file.
test.each(golden.cases.map((c) => [JSON.stringify(c.set), c] as const))("%s", (_, { set, refused }) => {
  const parsed = runConfigSchema.safeParse(changed(golden.base, set));
  // Rules between fields may be broken too where one is out of bounds: the first is what is wrong.
  expect(parsed.success ? null : parsed.error.issues[0]!.path.join(".")).toBe(refused);
});

/** A copy with members set, or removed where the value is null, by paths of one or two names. */
function changed(base: object, set: object): object {
  const copy: Record<string, unknown> = structuredClone(base) as Record<string, unknown>;
  for (const [path, value] of Object.entries(set)) {
    const [outer, inner] = path.split(".") as [string, string?];
    if (inner !== undefined) copy[outer] = { ...(copy[outer] as object), [inner]: value ?? undefined };
    else copy[outer] = value ?? undefined;
  }
  return copy;
}
