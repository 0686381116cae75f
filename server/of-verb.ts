import { z } from "zod";

const READ_BY = new WeakMap<z.core.$ZodType, z.ZodType>();

/**
 * What a caller sends to a verb that reads its input by `schema` itself: let through as it is, so that it is parsed
 * once, after it is known who asks. Callers see the type of the schema's input, documents the schema.
 */
export function ofVerb<S extends z.ZodType>(schema: S): z.ZodType<z.input<S>, z.input<S>> {
  const passing = z.custom<z.input<S>>();
  READ_BY.set(passing, schema);
  return passing;
}

/** What a client sends, before defaults and transformations, as JSON Schema. */
export function inputJsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _draft, ...rest } = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      const readBy = READ_BY.get(zodSchema);
      if (readBy) Object.assign(jsonSchema, inputJsonSchema(readBy));
    },
  });
  return rest;
}
