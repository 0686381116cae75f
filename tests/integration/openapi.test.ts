import { expect, test } from "vitest";
import { fieldsOf } from "@/app/api-reference/fields";
import { CALLS } from "@/server/http/native";
import { DOCUMENT, openapiDocument } from "@/server/http/openapi";
import { ROUTES } from "../access";
import { call } from "./product";

interface Described {
  summary: string;
  description: string;
  requestBody?: { content: Record<string, { schema: unknown }> };
}
const { paths } = openapiDocument() as never as { paths: Record<string, Record<string, Described>> };
const described = new Map(
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, about]) => [`${method.toUpperCase()} ${path}` as string, about] as const),
  ),
);

test("every route of the API is described with its scope, and nothing else is", () => {
  const routes = Object.keys(ROUTES).filter((name) => name.includes("/api/v1/") && !name.endsWith("openapi.json"));
  expect([...described.keys()].sort()).toEqual(routes.sort());
  for (const [name, about] of described) {
    const { access } = ROUTES[name]!;
    const scope = access === "ingest" ? "write or work" : access;
    expect([name, about.description]).toEqual([name, `Scope of the key: ${scope}.`]);
    expect(about.summary.length, name).toBeGreaterThan(5);
  }
});

test("the document is OpenAPI 3.1 with the limits, schemas and errors in it", async () => {
  const { status, body } = await call(DOCUMENT);
  expect(status).toBe(200);
  expect(body).toEqual(JSON.parse(JSON.stringify(openapiDocument())));
  expect(body.openapi).toBe("3.1.0");
  expect(body.info.description).toContain("batchPoints 10000");
  const batch = body.paths["/api/v1/runs/{id}/metrics"].post.requestBody.content["application/json"].schema;
  expect(batch.required).toEqual(["writer", "seq", "series"]);
  expect(batch.additionalProperties).toBe(false);
  expect(batch.properties.series.items.properties.values.items.anyOf[1].enum).toEqual(["NaN", "Infinity", "-Infinity"]);
  for (const path of Object.values<Record<string, { responses: object }>>(body.paths)) {
    for (const operation of Object.values(path)) expect(Object.keys(operation.responses)).toEqual(["200", "default"]);
  }
});

test("the page for people names every field of every body", () => {
  for (const { method, path, body } of CALLS) {
    if (!body) continue;
    const name: string = `${method} ${path}`;
    const fields = fieldsOf(described.get(name)!.requestBody!.content["application/json"]!.schema);
    expect(fields.length, name).toBeGreaterThan(0);
    expect(new Set(fields.map((f) => f.name)).size, name).toBe(fields.length);
    if (!name.endsWith("/metrics")) continue;
    expect(fields.map((f) => f.name)).toContain("series[].metric");
    expect(fields.find((f) => f.name === "seq")).toMatchObject({
      required: true,
      type: expect.stringContaining("integer"),
    });
  }
});
