import { expect, test } from "vitest";
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
