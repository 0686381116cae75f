import { z } from "zod";
import { LIMITS } from "@/lib/protocol";
import { ERROR_CODES } from "../errors";
import { inputJsonSchema } from "../of-verb";
import { type Call, call } from "./door/call";
import { CALLS } from "./native";

const JSON_BODY = "application/json";

export const DOCUMENT = call("GET", "/api/v1/openapi.json", {
  access: "public",
  summary: "This document",
  answer: "the OpenAPI 3.1 document",
  handle: openapiDocument,
});

/** The table of calls as OpenAPI 3.1, with the schemas that read the requests. */
export function openapiDocument() {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { path, method, ...about } of CALLS) {
    paths[path] ??= {};
    paths[path][method.toLowerCase()] = describe(path, about);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Etalon",
      version: "1",
      description: `Limits: ${Object.entries(LIMITS)
        .map(([k, v]) => `${k} ${v}`)
        .join(", ")}.`,
    },
    servers: [{ url: "/" }],
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: { key: { type: "http", scheme: "bearer", description: "an API key, etl_..." } },
      schemas: { Error: inputJsonSchema(errorSchema) },
    },
  };
}

const errorSchema = z.object({
  error: z.object({
    code: z.enum(Object.keys(ERROR_CODES) as [keyof typeof ERROR_CODES]),
    message: z.string(),
    issues: z.array(z.object({ field: z.string(), message: z.string() })),
  }),
});

function describe(path: string, o: Omit<Call, "path" | "method">) {
  const parameters = [
    ...(path.includes("{id}") ? [parameter("path", "id", "id of the row", true)] : []),
    ...Object.entries(o.query ?? {}).map(([name, text]) => parameter("query", name, text, false)),
  ];
  const content = {
    ...(o.body && { [JSON_BODY]: { schema: inputJsonSchema(o.body) } }),
    ...Object.fromEntries(
      Object.entries(o.otherBodies ?? {}).map(([type, description]) => [
        type,
        { schema: { type: "string", description } },
      ]),
    ),
  };
  return {
    summary: o.summary,
    description: `Scope of the key: ${o.access === "ingest" ? "write or work" : o.access}.`,
    ...(parameters.length > 0 && { parameters }),
    ...(Object.keys(content).length > 0 && { requestBody: { required: true, content } }),
    responses: {
      200: { description: o.answer, content: { [o.answerType ?? JSON_BODY]: {} } },
      default: {
        description: "What is wrong, where, and what to do",
        content: { [JSON_BODY]: { schema: { $ref: "#/components/schemas/Error" } } },
      },
    },
  };
}

function parameter(place: "path" | "query", name: string, description: string, required: boolean) {
  return { in: place, name, description, required, schema: { type: "string" } };
}
