import { expect, test } from "vitest";
import { fieldsOf } from "@/app/api-reference/fields";
import { OPERATIONS, openapi, openapiDocument } from "@/server/http/openapi";
import { ROUTES } from "../access";
import { call } from "./product";

const routes = Object.keys(ROUTES)
  .filter((name) => name.includes("/api/v1/") && !name.endsWith("openapi.json"))
  .map((name) => name.replaceAll("[id]", "{id}"));

test("every route of the API is described with its scope, and nothing else is", () => {
  expect(Object.keys(OPERATIONS).sort()).toEqual(routes.sort());
  for (const [name, route] of Object.entries(ROUTES)) {
    const operation = OPERATIONS[name.replaceAll("[id]", "{id}")];
    if (operation)
      expect([name, operation.scope]).toEqual([name, route.access === "ingest" ? "write or work" : route.access]);
  }
});

test("the document is OpenAPI 3.1 with the limits, schemas and errors in it", async () => {
  const { status, body } = await call(openapi);
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
  const { paths } = openapiDocument() as never as {
    paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: unknown }> } }>>;
  };
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    if (!operation.body) continue;
    const [method, path] = name.split(" ") as [string, string];
    const fields = fieldsOf(paths[path]![method.toLowerCase()]!.requestBody!.content["application/json"]!.schema);
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
