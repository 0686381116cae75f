import { expect, test } from "vitest";
import { z } from "zod";
import { inputJsonSchema, ofVerb } from "./of-verb";

const verbsInput = z.strictObject({ name: z.string().trim().min(1), limit: z.number().default(20) });

test("what a verb reads is let through as it came, and described by the verb's schema", () => {
  const passing: z.ZodType<{ name: string; limit?: number | undefined }> = ofVerb(verbsInput);
  const sent = { name: " ", odd: true };
  expect(passing.parse(sent)).toBe(sent);
  expect(z.object({ of: passing }).safeParse({}).error?.issues[0]?.path).toEqual(["of"]);

  const described = inputJsonSchema(verbsInput);
  expect(described).toMatchObject({ required: ["name"], additionalProperties: false });
  expect(inputJsonSchema(passing)).toEqual(described);
  expect(inputJsonSchema(z.object({ of: passing }))).toMatchObject({ properties: { of: described } });
});
